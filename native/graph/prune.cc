#include "graph/prune.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 256;

class Scorer {
 public:
  Scorer(const Graph& graph, const PruneOptions& options)
      : users_(graph.item_users), all_(static_cast<double>(graph.users)), options_(options) {}

  float operator()(Row i, Row j, uint32_t count) const {
    if (options_.score == Score::kCount) return static_cast<float>(count);
    const double product = static_cast<double>(users_[i]) * users_[j];
    if (options_.score == Score::kPmi)
      return static_cast<float>(std::max(0.0, std::log(count * all_ / product)));
    const double damping = options_.score == Score::kDamped ? options_.damping : 0;
    return static_cast<float>(count / (std::sqrt(product) + damping));
  }

 private:
  const std::vector<uint32_t>& users_;
  const double all_;
  const PruneOptions& options_;
};

// Positions of the `keep` strongest of `scores`, ascending.
void Strongest(std::span<const float> scores, size_t keep, std::vector<uint32_t>& positions) {
  positions.resize(scores.size());
  std::iota(positions.begin(), positions.end(), 0u);
  if (keep == scores.size()) return;
  std::nth_element(positions.begin(), positions.begin() + keep, positions.end(), [&](uint32_t a, uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  positions.resize(keep);
  std::sort(positions.begin(), positions.end());
}

Relation PruneRelation(const Graph& graph, const Relation& from, const PruneOptions& options) {
  const Scorer score(graph, options);
  const CsrView csr = from.csr();
  const Row first = graph.type_offsets[from.destination_type];
  Relation out{from.source_type, from.destination_type, std::vector<Offset>(csr.rows() + 1), {}, {}, {}, {}};
  for (size_t row = 0; row < csr.rows(); ++row) {
    const size_t kept = options.top_k ? std::min(csr[row].size(), options.top_k) : csr[row].size();
    out.offsets[row + 1] = out.offsets[row] + kept;
  }
  const size_t edges = out.offsets.back();
  out.indices.resize(edges);
  out.counts.resize(edges);
  out.scores.resize(edges);
  out.last_times.resize(from.last_times.empty() ? 0 : edges);
  ParallelFor(csr.rows(), kGrain, [&](size_t begin, size_t end) {
    std::vector<float> scores;
    std::vector<uint32_t> positions;
    for (size_t row = begin; row < end; ++row) {
      const Offset start = from.offsets[row];
      const auto neighbours = csr[row];
      scores.resize(neighbours.size());
      for (size_t i = 0; i < neighbours.size(); ++i) {
        scores[i] = score(static_cast<Row>(first + row), neighbours[i], from.counts[start + i]);
        COHEAR_REQUIRE(std::isfinite(scores[i]), Code::kValue,
                       "itemUsers says that item " << first + row << " or " << neighbours[i]
                                                   << " has no users, yet users share both");
      }
      Offset at = out.offsets[row];
      Strongest(scores, out.offsets[row + 1] - at, positions);
      for (const uint32_t i : positions) {
        out.indices[at] = neighbours[i];
        out.counts[at] = from.counts[start + i];
        out.scores[at] = scores[i];
        if (!from.last_times.empty()) out.last_times[at] = from.last_times[start + i];
        ++at;
      }
    }
  });
  return out;
}

}  // namespace

Graph Prune(const Graph& graph, const PruneOptions& options) {
  COHEAR_REQUIRE(std::isfinite(options.damping) && options.damping >= 0, Code::kRange,
                 "damping is " << options.damping << ", want a number of 0 or more");
  if (options.score != Score::kCount) {
    COHEAR_REQUIRE(
        graph.item_users.size() == graph.nodes(), Code::kValue,
        "this graph does not say how many users each item has; score it by count, or build it anew");
  }
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
