// Small graphs for the sampler's tests.
#pragma once
#include <set>
#include <utility>
#include <vector>

#include "core/random.h"
#include "graph/graph.h"

namespace cohear::test {

using Pair = std::pair<Row, Row>;

inline uint32_t TypeIn(const std::vector<Row>& type_offsets, Row row) {
  uint32_t type = 0;
  while (row >= type_offsets[type + 1]) ++type;
  return type;
}

// Every relation of the types that `edges` (source, destination) use; plus all others, empty, if `all`.
inline Graph GraphOf(std::vector<Row> type_offsets, const std::set<Pair>& edges, bool all = true) {
  Graph graph;
  graph.type_offsets = type_offsets;
  for (uint32_t s = 0; s < graph.types(); ++s) {
    for (uint32_t d = 0; d < graph.types(); ++d) {
      std::vector<Offset> offsets{0};
      std::vector<Row> indices;
      std::vector<uint32_t> counts;
      std::vector<float> scores;
      std::vector<double> last_times;
      for (Row v = type_offsets[d]; v < type_offsets[d + 1]; ++v) {
        for (Row u = type_offsets[s]; u < type_offsets[s + 1]; ++u) {
          if (!edges.contains({u, v})) continue;
          indices.push_back(u);
          counts.push_back(u * 1000 + v);
          scores.push_back(static_cast<float>(u) + static_cast<float>(v) / 1000);
          last_times.push_back(u - v / 1000.0);
        }
        offsets.push_back(indices.size());
      }
      if (all || !indices.empty()) {
        graph.relations.push_back({s, d, offsets, indices, counts, scores, last_times});
      }
    }
  }
  CheckGraph(graph);
  return graph;
}

inline std::set<Pair> BothWays(const std::set<Pair>& pairs) {
  std::set<Pair> edges;
  for (const auto& [u, v] : pairs) {
    edges.insert({u, v});
    edges.insert({v, u});
  }
  return edges;
}

// Undirected pairs, each there with probability about `density` (higher among low rows, so degrees differ).
inline std::set<Pair> RandomPairs(Row nodes, double density, uint64_t seed) {
  std::set<Pair> pairs;
  for (Row u = 0; u < nodes; ++u) {
    for (Row v = u + 1; v < nodes; ++v) {
      const double bits = Philox(seed, {u, v, 0, 0})[0] / 4294967296.0;
      if (bits < density * (u < nodes / 10 ? 5 : 1)) pairs.insert({u, v});
    }
  }
  return pairs;
}

}  // namespace cohear::test
