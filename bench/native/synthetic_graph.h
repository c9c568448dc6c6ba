// A synthetic power-law graph of two types and four relations: degrees Zipf-like (exponent 0.75) on both
// ends, a quarter of the nodes of type 0, edges 0.2 (0->0), 0.2 (0->1), 0.2 (1->0), 0.4 (1->1); scores from
// 0.05 to 1.05, times 0 to 999.
#pragma once
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/random.h"
#include "graph/graph.h"

namespace cohear::bench {

inline Row PowerLaw(uint32_t bits, uint32_t n) {
  const double rank = std::pow(bits / 4294967296.0 * (std::pow(n, 0.25) - 1) + 1, 4) - 1;
  // A fixed scrambling of the ranks, so that popular rows are not neighbours in memory.
  return static_cast<Row>(std::min<uint64_t>(static_cast<uint64_t>(rank), n - 1) * 2654435761ull % n);
}

inline Relation PowerLawRelation(const Graph& graph, uint32_t source, uint32_t destination, size_t edges) {
  const Row first = graph.type_offsets[source];
  const uint32_t sources = graph.type_offsets[source + 1] - first,
                 targets = graph.type_offsets[destination + 1] - graph.type_offsets[destination];
  std::vector<std::pair<Row, Row>> drawn(edges);
  for (uint32_t e = 0; e < edges; ++e) {
    const Counter bits = Philox(7, {e, source, destination, 0});
    drawn[e] = {PowerLaw(bits[0], targets), first + PowerLaw(bits[1], sources)};
  }
  std::vector<Offset> count(targets + 1, 0);
  for (const auto& [target, from] : drawn) ++count[target + 1];
  for (uint32_t t = 0; t < targets; ++t) count[t + 1] += count[t];
  std::vector<Row> rows(edges);
  {
    std::vector<Offset> at(count.begin(), count.end() - 1);
    for (const auto& [target, from] : drawn) rows[at[target]++] = from;
  }
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  indices.reserve(edges);
  for (uint32_t t = 0; t < targets; ++t) {
    const auto begin = rows.begin() + static_cast<ptrdiff_t>(count[t]),
               end = rows.begin() + static_cast<ptrdiff_t>(count[t + 1]);
    std::sort(begin, end);
    indices.insert(indices.end(), begin, std::unique(begin, end));
    offsets.push_back(indices.size());
  }
  std::vector<float> scores;
  std::vector<double> times;
  for (uint32_t e = 0; e < indices.size(); ++e) {
    const Counter bits = Philox(8, {e, source, destination, 0});
    scores.push_back(static_cast<float>(bits[0]) / 4294967296.0f + 0.05f);
    times.push_back(Below(bits[1], 1000));
  }
  Relation relation{source, destination, std::move(offsets), std::move(indices), {}, {}, {}};
  relation.scores = std::move(scores);
  relation.last_times = std::move(times);
  return relation;
}

inline Graph SyntheticGraph(uint32_t nodes, size_t edges, bool hetero) {
  Graph graph;
  graph.type_offsets = hetero ? std::vector<Row>{0, nodes / 4, nodes} : std::vector<Row>{0, nodes};
  for (uint32_t s = 0; s < graph.types(); ++s) {
    for (uint32_t d = 0; d < graph.types(); ++d) {
      const size_t share = hetero ? (s == 1 && d == 1 ? edges * 4 / 10 : edges * 2 / 10) : edges;
      graph.relations.push_back(PowerLawRelation(graph, s, d, share));
    }
  }
  return graph;
}

}  // namespace cohear::bench
