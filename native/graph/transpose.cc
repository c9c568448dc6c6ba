#include "graph/transpose.h"

#include "core/pool.h"

namespace cohear {
namespace {

Relation TransposeRelation(const Graph& graph, const Relation& from) {
  const Row first_source = graph.type_offsets[from.source_type];
  const Row first_destination = graph.type_offsets[from.destination_type];
  const size_t rows = graph.type_offsets[from.source_type + 1] - first_source;
  std::vector<Offset> offsets(rows + 1);
  for (const Row source : from.indices) ++offsets[source - first_source + 1];
  for (size_t row = 0; row < rows; ++row) offsets[row + 1] += offsets[row];
  std::vector<Row> indices(from.edges());
  std::vector<uint32_t> counts(from.counts.size());
  std::vector<float> scores(from.scores.size());
  std::vector<double> last_times(from.last_times.size());
  std::vector<Offset> next(offsets.begin(), offsets.end() - 1);
  const CsrView csr = from.csr();
  // Destinations in ascending order, so every row of the result comes out ascending.
  for (size_t row = 0; row < csr.rows(); ++row) {
    for (Offset e = from.offsets[row]; e < from.offsets[row + 1]; ++e) {
      const Offset at = next[from.indices[e] - first_source]++;
      indices[at] = static_cast<Row>(first_destination + row);
      if (!counts.empty()) counts[at] = from.counts[e];
      if (!scores.empty()) scores[at] = from.scores[e];
      if (!last_times.empty()) last_times[at] = from.last_times[e];
    }
  }
  return {from.destination_type, from.source_type,  std::move(offsets),   std::move(indices),
          std::move(counts),     std::move(scores), std::move(last_times)};
}

}  // namespace

Graph Transpose(const Graph& graph) {
  Graph out{graph.type_offsets, std::vector<Relation>(graph.relations.size()), graph.item_users, graph.users};
  ParallelFor(graph.relations.size(), 1, [&](size_t begin, size_t) {
    out.relations[begin] = TransposeRelation(graph, graph.relations[begin]);
  });
  SortRelations(out.relations);
  return out;
}

}  // namespace cohear
