#include "sampler/sampling_index.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/huge_pages.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 1024;  // rows

// Before anything is written, so that no page has to be moved.
template <class T>
void Resize(RawVector<T>& values, size_t size) {
  values.resize(size);
  UseHugePages(values.data(), size * sizeof(T));
}

template <class T, class From>
void Gather(const From& from, Offset begin, std::span<const uint32_t> order, T* to) {
  for (size_t i = 0; i < order.size(); ++i) to[i] = from[begin + order[i]];
}

void RunningSums(std::span<const float> weights, double* sums) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) sums[i] = sum += weights[i];
}

void CheckScores(const Relation& relation, size_t r) {
  COHEAR_REQUIRE(relation.scores.size() == relation.edges(), Code::kValue,
                 "relation " << r << " has no scores, which weighted sampling draws by");
  for (size_t e = 0; e < relation.edges(); ++e) {
    COHEAR_REQUIRE(relation.scores[e] >= 0, Code::kValue,
                   "relation " << r << ": scores[" << e << "] is " << relation.scores[e]
                               << ", want 0 or more to draw by");
  }
}

}  // namespace

SamplingIndex::SamplingIndex(const Graph& graph) : graph_(graph) {
  for (const Relation& relation : graph.relations)
    relations_.push_back({relation.offsets, relation.indices, {}, {}, {}, {}, {}});
}

SamplingIndex::SamplingIndex(const Graph& graph, const SamplingIndexOptions& options)
    : graph_(graph), weighted_(options.weighted), timed_(options.timed) {
  const auto& node_times = options.node_times;
  COHEAR_REQUIRE(
      node_times.empty() || node_times.size() == graph.nodes(), Code::kShape,
      "nodeTimes: " << node_times.size() << " values, want one per node (" << graph.nodes() << ")");
  for (size_t i = 0; i < node_times.size(); ++i) {
    COHEAR_REQUIRE(node_times[i] == node_times[i], Code::kValue, "nodeTimes[" << i << "] is not a number");
  }
  stores_.resize(graph.relations.size());
  for (size_t r = 0; r < graph.relations.size(); ++r) {
    const Relation& relation = graph.relations[r];
    relations_.push_back({relation.offsets, relation.indices, {}, {}, {}, {}, {}});
    if (weighted_) CheckScores(relation, r);
    COHEAR_REQUIRE(!timed_ || relation.last_times.size() == relation.edges() || !node_times.empty(),
                   Code::kValue,
                   "relation " << r
                               << " has no times, which temporal sampling goes by; give its edges' times, "
                                  "or node times");
    if (weighted_ || timed_) Prepare(relation, node_times, stores_[r], relations_[r]);
  }
}

void SamplingIndex::Prepare(const Relation& relation, std::span<const double> node_times, Store& store,
                            NeighborLists& lists) {
  const size_t rows = relation.offsets.size() - 1;
  const bool drop = weighted_ && std::any_of(relation.scores.begin(), relation.scores.end(),
                                             [](float score) { return score == 0; });
  if (drop) {
    store.offsets.resize(rows + 1);
    store.offsets[0] = 0;
    for (size_t row = 0; row < rows; ++row) {
      Offset kept = 0;
      for (Offset e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e)
        kept += relation.scores[e] > 0;
      store.offsets[row + 1] = store.offsets[row] + kept;
    }
    lists.offsets = store.offsets;
  }
  const size_t edges = lists.offsets.back();
  const bool moved = drop || timed_;
  if (moved) Resize(store.rows, edges);
  if (timed_) Resize(store.times, edges);
  if (weighted_) {
    if (moved) Resize(store.weights, edges);
    Resize(store.sums, timed_ ? edges : 0);
    Resize(store.alias, edges);
    store.totals.resize(timed_ ? 0 : rows);
  }
  const bool edge_times = relation.last_times.size() == relation.edges();
  const auto time_of = [&](Offset e) {
    const double edge = edge_times ? relation.last_times[e] : -std::numeric_limits<double>::infinity();
    return node_times.empty() ? edge : std::max(edge, node_times[relation.indices[e]]);
  };
  ParallelFor(rows, kGrain, [&](size_t begin, size_t end) {
    std::vector<uint32_t> order;
    std::vector<double> times;
    std::vector<AliasSlot> slots;
    for (size_t row = begin; row < end; ++row) {
      const Offset from = relation.offsets[row], to = lists.offsets[row];
      const size_t degree = relation.offsets[row + 1] - from, kept = lists.offsets[row + 1] - to;
      if (moved) {
        order.clear();
        for (uint32_t i = 0; i < degree; ++i) {
          if (!drop || relation.scores[from + i] > 0) order.push_back(i);
        }
        if (timed_) {
          times.resize(degree);
          for (uint32_t i = 0; i < degree; ++i) times[i] = time_of(from + i);
          std::stable_sort(order.begin(), order.end(),
                           [&](uint32_t a, uint32_t b) { return times[a] < times[b]; });
          Gather(times, 0, order, store.times.data() + to);
        }
        Gather(relation.indices, from, order, store.rows.data() + to);
        if (weighted_) Gather(relation.scores, from, order, store.weights.data() + to);
      }
      if (!weighted_) continue;
      const float* weights = moved ? store.weights.data() + to : relation.scores.data() + from;
      if (timed_)
        RunningSums({weights, kept}, store.sums.data() + to);
      else
        store.totals[row] = std::accumulate(weights, weights + kept, 0.0);
      slots.resize(kept);
      BuildAlias({weights, kept}, slots);
      const Row* own = moved ? store.rows.data() + to : relation.indices.data() + from;
      for (size_t i = 0; i < kept; ++i) store.alias[to + i] = {slots[i], own[i], own[slots[i].other]};
    }
  });
  if (moved) lists.rows = store.rows;
  if (timed_) lists.times = store.times;
  if (!weighted_) return;
  lists.weights = moved ? std::span<const float>(store.weights) : std::span<const float>(relation.scores);
  lists.alias = store.alias;
  lists.sums = store.sums;
  lists.totals = store.totals;
}

size_t SamplingIndex::bytes() const {
  size_t bytes = 0;
  for (const Store& store : stores_) {
    bytes += store.offsets.size() * sizeof(Offset) + store.rows.size() * sizeof(Row) +
             (store.times.size() + store.sums.size() + store.totals.size()) * sizeof(double) +
             store.weights.size() * sizeof(float) + store.alias.size() * sizeof(RowSlot);
  }
  return bytes;
}

}  // namespace cohear
