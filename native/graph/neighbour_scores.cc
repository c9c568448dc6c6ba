#include "graph/neighbour_scores.h"

#include <algorithm>
#include <cmath>

#include "core/pool.h"

namespace cohear {

void NeighbourScores(const Graph& by_source, const CsrView& histories, std::span<const float> weights,
                     std::span<float> out) {
  const size_t nodes = by_source.nodes();
  CheckCsr(histories, nodes, "histories");
  COHEAR_REQUIRE(weights.size() == histories.indices.size(), Code::kShape,
                 "weights: " << weights.size() << " values for " << histories.indices.size() << " events");
  COHEAR_REQUIRE(out.size() == histories.rows() * nodes, Code::kShape,
                 "out: " << out.size() << " values, want " << histories.rows() << " users x " << nodes
                         << " items = " << histories.rows() * nodes);
  for (size_t e = 0; e < weights.size(); ++e) {
    COHEAR_REQUIRE(std::isfinite(weights[e]), Code::kValue,
                   "weights[" << e << "] is " << weights[e] << ", want a finite number");
  }
  for (size_t r = 0; r < by_source.relations.size(); ++r) {
    const Relation& relation = by_source.relations[r];
    COHEAR_REQUIRE(relation.scores.size() == relation.edges(), Code::kValue,
                   "relation " << r << " has no scores; prune the graph by a named score first");
  }
  ParallelFor(histories.rows(), 1, [&](size_t user, size_t) {
    float* const scores = out.data() + user * nodes;
    for (Offset e = histories.offsets[user]; e < histories.offsets[user + 1]; ++e) {
      const Row item = histories.indices[e];
      const auto& types = by_source.type_offsets;
      // Empty types make offsets repeat: the last one that is not above the item is its type.
      const auto type =
          static_cast<uint32_t>(std::upper_bound(types.begin(), types.end(), item) - types.begin() - 1);
      for (const Relation& relation : by_source.relations) {
        if (relation.destination_type != type) continue;
        const size_t row = item - types[type];
        for (Offset n = relation.offsets[row]; n < relation.offsets[row + 1]; ++n) {
          scores[relation.indices[n]] += weights[e] * relation.scores[n];
        }
      }
    }
  });
}

}  // namespace cohear
