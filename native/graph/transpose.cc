#include "graph/transpose.h"

#include <algorithm>

#include "core/pool.h"

namespace cohear {
namespace {

Relation TransposeRelation(const Graph& graph, const Relation& from) {
  const Row first_source = graph.type_offsets[from.source_type];
  const Row first_destination = graph.type_offsets[from.destination_type];
  const size_t rows = graph.type_offsets[from.source_type + 1] - first_source;
  Relation out{from.destination_type, from.source_type, std::vector<Offset>(rows + 1), {}, {}, {}, {}};
  for (const Row source : from.indices) ++out.offsets[source - first_source + 1];
  for (size_t row = 0; row < rows; ++row) out.offsets[row + 1] += out.offsets[row];
  out.indices.resize(from.edges());
  out.counts.resize(from.counts.size());
  out.scores.resize(from.scores.size());
  out.last_times.resize(from.last_times.size());
  std::vector<Offset> next(out.offsets.begin(), out.offsets.end() - 1);
  const CsrView csr = from.csr();
  // Destinations in ascending order, so every row of the result comes out ascending.
  for (size_t row = 0; row < csr.rows(); ++row) {
    for (Offset e = from.offsets[row]; e < from.offsets[row + 1]; ++e) {
      const Offset at = next[from.indices[e] - first_source]++;
      out.indices[at] = static_cast<Row>(first_destination + row);
      if (!from.counts.empty()) out.counts[at] = from.counts[e];
      if (!from.scores.empty()) out.scores[at] = from.scores[e];
      if (!from.last_times.empty()) out.last_times[at] = from.last_times[e];
    }
  }
  return out;
}

}  // namespace

Graph Transpose(const Graph& graph) {
  Graph out{graph.type_offsets, std::vector<Relation>(graph.relations.size()), graph.item_users, graph.users};
  ParallelFor(graph.relations.size(), 1, [&](size_t begin, size_t) {
    out.relations[begin] = TransposeRelation(graph, graph.relations[begin]);
  });
  std::sort(out.relations.begin(), out.relations.end(), [](const Relation& a, const Relation& b) {
    return std::pair(a.source_type, a.destination_type) < std::pair(b.source_type, b.destination_type);
  });
  return out;
}

}  // namespace cohear
