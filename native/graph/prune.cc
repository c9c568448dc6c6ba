#include "graph/prune.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 256;

Relation PruneRelation(const Graph& graph, const Relation& from, const PruneOptions& options) {
  const CsrView csr = from.csr();
  const Row first = graph.type_offsets[from.destination_type];
  std::vector<Offset> offsets(csr.rows() + 1);
  for (size_t row = 0; row < csr.rows(); ++row) {
    const size_t kept = options.top_k ? std::min(csr[row].size(), options.top_k) : csr[row].size();
    offsets[row + 1] = offsets[row] + kept;
  }
  const size_t edges = offsets.back();
  std::vector<Row> indices(edges);
  std::vector<uint32_t> counts(edges);
  std::vector<float> scores(edges);
  std::vector<double> last_times(from.last_times.empty() ? 0 : edges);
  ParallelFor(csr.rows(), kGrain, [&](size_t begin, size_t end) {
    RowPruner pruner(graph.item_users, graph.users, options);
    for (size_t row = begin; row < end; ++row) {
      const Offset start = from.offsets[row];
      const auto neighbours = csr[row];
      pruner.Prune(static_cast<Row>(first + row), neighbours,
                   {from.counts.data() + start, neighbours.size()});
      Offset at = offsets[row];
      for (const uint32_t i : pruner.kept()) {
        indices[at] = neighbours[i];
        counts[at] = from.counts[start + i];
        scores[at] = pruner.score(i);
        if (!last_times.empty()) last_times[at] = from.last_times[start + i];
        ++at;
      }
    }
  });
  return {from.source_type,  from.destination_type, std::move(offsets),   std::move(indices),
          std::move(counts), std::move(scores),     std::move(last_times)};
}

}  // namespace

float RowPruner::Score(Row i, Row j, uint32_t count) const {
  if (options_.score == Score::kCount) return static_cast<float>(count);
  const double product = static_cast<double>(item_users_[i]) * item_users_[j];
  COHEAR_REQUIRE(product > 0, Code::kValue,
                 "itemUsers says that item " << i << " or " << j << " has no users, yet users share both");
  if (options_.score == Score::kPmi)
    return static_cast<float>(std::max(0.0, std::log(count * users_ / product)));
  return static_cast<float>(count /
                            (std::sqrt(product) + (options_.score == Score::kDamped ? options_.damping : 0)));
}

void RowPruner::Prune(Row item, std::span<const Row> neighbours, std::span<const uint32_t> counts) {
  const size_t edges = neighbours.size();
  const size_t keep = options_.top_k ? std::min(edges, options_.top_k) : edges;
  scores_.resize(edges);
  for (size_t i = 0; i < edges; ++i) scores_[i] = Score(item, neighbours[i], counts[i]);
  kept_.resize(keep);
  if (keep == edges) {
    std::iota(kept_.begin(), kept_.end(), 0u);
    return;
  }
  // Scores are never negative, so their bits order as they do: one integer holds score and (as a tie-breaker)
  // position, and the selection compares integers only.
  keys_.resize(edges);
  for (size_t i = 0; i < edges; ++i) {
    keys_[i] = uint64_t{std::bit_cast<uint32_t>(scores_[i])} << 32 | (UINT32_MAX - static_cast<uint32_t>(i));
  }
  std::nth_element(keys_.begin(), keys_.begin() + keep, keys_.end(), std::greater<>());
  for (size_t i = 0; i < keep; ++i) kept_[i] = UINT32_MAX - static_cast<uint32_t>(keys_[i]);
  std::sort(kept_.begin(), kept_.end());
}

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
  Graph out{graph.type_offsets, {}, graph.item_users, graph.users};
  for (size_t r = 0; r < graph.relations.size(); ++r) {
    const Relation& relation = graph.relations[r];
    COHEAR_REQUIRE(relation.counts.size() == relation.edges(), Code::kValue,
                   "relation " << r << " has no counts, which scores are made from");
    out.relations.push_back(PruneRelation(graph, relation, options));
  }
  return out;
}

}  // namespace cohear
