#include "graph/transpose.h"

#include "core/by_source.h"

namespace cohear {
namespace {

Relation TransposeRelation(const Graph& graph, const Relation& from) {
  const Row first_source = graph.type_offsets[from.source_type];
  const Row first_destination = graph.type_offsets[from.destination_type];
  const size_t rows = graph.type_offsets[from.source_type + 1] - first_source;
  std::vector<Row> indices(from.edges());
  std::vector<uint32_t> counts(from.counts.size());
  std::vector<float> scores(from.scores.size());
  std::vector<double> last_times(from.last_times.size());
  // Destinations come in ascending order, so every row of the result comes out ascending.
  std::vector<Offset> offsets =
      BySource(from.csr(), first_source, rows, [&](Offset e, size_t row, Offset at) {
        indices[at] = static_cast<Row>(first_destination + row);
        if (!counts.empty()) counts[at] = from.counts[e];
        if (!scores.empty()) scores[at] = from.scores[e];
        if (!last_times.empty()) last_times[at] = from.last_times[e];
      });
  return {from.destination_type, from.source_type,  std::move(offsets),   std::move(indices),
          std::move(counts),     std::move(scores), std::move(last_times)};
}

}  // namespace

Graph Transpose(const Graph& graph) {
  Graph out{graph.type_offsets, std::vector<Relation>(graph.relations.size()), graph.item_users, graph.users};
  for (size_t r = 0; r < graph.relations.size(); ++r)
    out.relations[r] = TransposeRelation(graph, graph.relations[r]);
  SortRelations(out.relations);
  return out;
}

}  // namespace cohear
