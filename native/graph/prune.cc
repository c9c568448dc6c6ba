#include "graph/prune.h"

#include <algorithm>
#include <cmath>

#include "core/pool.h"
#include "graph/strongest.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 256;

Relation PruneRelation(const Graph& graph, const Relation& from, const std::vector<double>& norms,
                       const PruneOptions& options) {
  const size_t top_k = options.top_k;
  const EdgeScorer scorer(norms, static_cast<double>(graph.users), options);
  const CsrView csr = from.csr();
  const Row first = graph.type_offsets[from.destination_type];
  std::vector<Offset> offsets(csr.rows() + 1);
  for (size_t row = 0; row < csr.rows(); ++row) {
    offsets[row + 1] = offsets[row] + (top_k ? std::min(csr[row].size(), top_k) : csr[row].size());
  }
  const size_t edges = offsets.back();
  std::vector<Row> indices(edges);
  std::vector<uint32_t> counts(edges);
  std::vector<float> scores(edges);
  std::vector<double> last_times(from.last_times.empty() ? 0 : edges);
  ParallelFor(csr.rows(), kGrain, [&](size_t begin, size_t end) {
    Strongest strongest(top_k);
    std::vector<uint32_t> kept;
    const auto drop = [](uint32_t) {};
    for (size_t row = begin; row < end; ++row) {
      const Offset start = from.offsets[row];
      const auto neighbours = csr[row];
      const auto score = [&](uint32_t i) {
        return scorer(static_cast<Row>(first + row), neighbours[i], from.counts[start + i]);
      };
      for (uint32_t i = 0; i < neighbours.size(); ++i) {
        COHEAR_REQUIRE(options.score == Score::kCount || norms[neighbours[i]] > 0, Code::kValue,
                       "itemUsers says that item " << neighbours[i] << " has no users, yet users share it");
        strongest.Offer(i, score(i), drop);
      }
      const auto ids = strongest.Finish(drop);
      kept.assign(ids.begin(), ids.end());
      std::sort(kept.begin(), kept.end());
      Offset at = offsets[row];
      for (const uint32_t i : kept) {
        indices[at] = neighbours[i];
        counts[at] = from.counts[start + i];
        scores[at] = score(i);
        if (!last_times.empty()) last_times[at] = from.last_times[start + i];
        ++at;
      }
    }
  });
  return {from.source_type,  from.destination_type, std::move(offsets),   std::move(indices),
          std::move(counts), std::move(scores),     std::move(last_times)};
}

}  // namespace

void CheckPruneOptions(const PruneOptions& options) {
  COHEAR_REQUIRE(std::isfinite(options.damping) && options.damping >= 0, Code::kRange,
                 "damping is " << options.damping << ", want a number of 0 or more");
}

Graph Prune(const Graph& graph, const PruneOptions& options) {
  CheckPruneOptions(options);
  COHEAR_REQUIRE(options.score == Score::kCount || graph.item_users.size() == graph.nodes(), Code::kValue,
                 "this graph does not say how many users each item has; score it by count, or build it anew");
  COHEAR_REQUIRE(options.score != Score::kPmi || graph.users > 0, Code::kValue,
                 "this graph does not say how many users it was made from, which pmi needs");
  const std::vector<double> norms(graph.item_users.begin(), graph.item_users.end());
  Graph out{graph.type_offsets, {}, graph.item_users, graph.users};
  for (size_t r = 0; r < graph.relations.size(); ++r) {
    const Relation& relation = graph.relations[r];
    COHEAR_REQUIRE(relation.counts.size() == relation.edges(), Code::kValue,
                   "relation " << r << " has no counts, which scores are made from");
    out.relations.push_back(PruneRelation(graph, relation, norms, options));
  }
  return out;
}

}  // namespace cohear
