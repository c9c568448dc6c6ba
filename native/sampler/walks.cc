#include "sampler/walks.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/pool.h"
#include "core/prefetch.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 8;  // seeds

struct Visited {
  Row node;
  uint32_t visits;
};

class Walker {
 public:
  Walker(const Graph& graph, const SamplingIndex& index, const WalkOptions& options)
      : graph_(graph), lists_(index.relations()), index_(index), options_(options) {
    into_.resize(graph.types());
    for (uint32_t r = 0; r < graph.relations.size(); ++r)
      into_[graph.relations[r].destination_type].push_back(r);
  }

  // Adds the rows that the walks from `start` visit to `visited`, with repeats. All walks go step by step
  // together, so that the reads of one are under way while others are looked at.
  void Walk(Row start, double before, std::vector<Row>& visited) {
    at_.assign(options_.walks, start);
    next_.resize(options_.walks);
    alive_.resize(options_.walks);
    for (uint32_t w = 0; w < options_.walks; ++w) alive_[w] = w;
    for (uint32_t step = 0; step < options_.length && !alive_.empty(); ++step) {
      for (const uint32_t w : alive_) PrefetchOffsets(at_[w]);
      for (const uint32_t w : alive_) {
        const Counter bits =
            Philox(options_.seed, {start, StreamWord(Stream::kWalk, 0, step), w, options_.step});
        next_[w] = Choose(at_[w], before, bits);
        if (next_[w]) Prefetch(next_[w]);
      }
      size_t kept = 0;
      for (const uint32_t w : alive_) {
        if (next_[w] == nullptr) continue;
        at_[w] = *next_[w];
        if (at_[w] != start) visited.push_back(at_[w]);
        const Counter bits =
            Philox(options_.seed, {start, StreamWord(Stream::kWalk, 1, step), w, options_.step});
        if (bits[0] * 0x1p-32 >= options_.restart) alive_[kept++] = w;
      }
      alive_.resize(kept);
    }
  }

 private:
  uint32_t TypeAt(Row node) const { return TypeOf(graph_, node); }

  void PrefetchOffsets(Row node) const {
    const uint32_t type = TypeAt(node);
    for (const uint32_t r : into_[type]) Prefetch(&lists_[r].offsets[node - graph_.type_offsets[type]]);
  }

  // What `node` reaches in one relation.
  struct Reach {
    Offset begin;
    uint32_t count;
    double weight;
  };
  Reach ReachOf(uint32_t r, size_t row, double before) const {
    const NeighborLists& lists = lists_[r];
    Reach reach{lists.offsets[row], static_cast<uint32_t>(lists.offsets[row + 1] - lists.offsets[row]), 0};
    if (index_.timed()) {
      const auto times = lists.times.subspan(reach.begin, reach.count);
      reach.count =
          static_cast<uint32_t>(std::lower_bound(times.begin(), times.end(), before) - times.begin());
    }
    if (reach.count == 0) return reach;
    if (!index_.weighted())
      reach.weight = reach.count;
    else
      reach.weight = index_.timed() ? lists.sums[reach.begin + reach.count - 1] : lists.totals[row];
    return reach;
  }

  // Where the node's next step leads, or null where it has none.
  const Row* Choose(Row node, double before, const Counter& bits) {
    const uint32_t type = TypeAt(node);
    const size_t row = node - graph_.type_offsets[type];
    reach_.clear();
    double sum = 0;
    for (const uint32_t r : into_[type]) {
      reach_.push_back(ReachOf(r, row, before));
      sum += reach_.back().weight;
    }
    if (sum == 0) return nullptr;
    double left = (bits[0] + bits[1] * 0x1p-32) * 0x1p-32 * sum;
    size_t i = 0;
    for (size_t last = reach_.size(); i + 1 < last && left >= reach_[i].weight; ++i) left -= reach_[i].weight;
    while (reach_[i].count == 0)
      i = (i + 1) % reach_.size();  // should rounding end past the last that has any
    const Reach& reach = reach_[i];
    const NeighborLists& lists = lists_[into_[type][i]];
    return lists.rows.data() + reach.begin + Position(lists, reach, std::min(left, reach.weight), bits);
  }

  uint32_t Position(const NeighborLists& lists, const Reach& reach, double left, const Counter& bits) const {
    if (!index_.weighted()) return std::min(static_cast<uint32_t>(left), reach.count - 1);
    if (index_.timed()) {
      const auto sums = lists.sums.subspan(reach.begin, reach.count);
      const auto found = std::upper_bound(sums.begin(), sums.end(), left);
      return std::min(static_cast<uint32_t>(found - sums.begin()), reach.count - 1);
    }
    const uint32_t slot = Below(bits[2], reach.count);
    const AliasSlot& alias = lists.alias[reach.begin + slot];
    return bits[3] < alias.threshold ? slot : alias.other;
  }

  const Graph& graph_;
  std::span<const NeighborLists> lists_;
  const SamplingIndex& index_;
  const WalkOptions& options_;
  std::vector<std::vector<uint32_t>> into_;  // relations that lead to each type
  std::vector<Row> at_;
  std::vector<const Row*> next_;
  std::vector<uint32_t> alive_;
  std::vector<Reach> reach_;
};

// The most visited of one type, from visited rows in ascending order.
void KeepTop(std::span<const Row> rows, uint32_t top, std::vector<Visited>& kept, VisitedNodes& out) {
  kept.clear();
  for (const Row row : rows) {
    if (kept.empty() || kept.back().node != row) kept.push_back({row, 0});
    ++kept.back().visits;
  }
  std::sort(kept.begin(), kept.end(), [](const Visited& a, const Visited& b) {
    return a.visits != b.visits ? a.visits > b.visits : a.node < b.node;
  });
  if (top > 0 && kept.size() > top) kept.resize(top);
  for (const Visited& one : kept) {
    out.nodes.push_back(one.node);
    out.visits.push_back(one.visits);
  }
  out.offsets.push_back(out.nodes.size());
}

void CheckWalk(const Graph& graph, std::span<const Row> seeds, const WalkOptions& options) {
  for (size_t i = 0; i < seeds.size(); ++i) {
    COHEAR_REQUIRE(
        seeds[i] < graph.nodes(), Code::kRange,
        "seeds[" << i << "] is row " << seeds[i] << ", want below the graph's " << graph.nodes() << " nodes");
  }
  COHEAR_REQUIRE(options.walks >= 1 && options.walks <= (1u << 20), Code::kRange,
                 "walks: want 1 to 2^20 per seed, got " << options.walks);
  COHEAR_REQUIRE(options.length >= 1 && options.length <= 0xFFFF, Code::kRange,
                 "length: want 1 to 65535 steps, got " << options.length);
  COHEAR_REQUIRE(options.restart >= 0 && options.restart <= 1, Code::kRange,
                 "restart: want a chance from 0 to 1, got " << options.restart);
  const bool timed = options.index && options.index->timed();
  const size_t times = options.before.size();
  COHEAR_REQUIRE(timed ? times == 1 || times == seeds.size() : times == 0, Code::kShape,
                 "before: " << times << " times for " << seeds.size()
                            << " seeds; want one for all or one per seed, and an index of times");
  for (const double time : options.before)
    COHEAR_REQUIRE(!std::isnan(time), Code::kValue, "before holds what is not a number");
}

}  // namespace

std::vector<VisitedNodes> ImportanceNeighbors(const Graph& graph, std::span<const Row> seeds,
                                              const WalkOptions& options) {
  CheckWalk(graph, seeds, options);
  std::optional<SamplingIndex> own;
  if (options.index == nullptr) own.emplace(graph);
  const SamplingIndex& index = options.index ? *options.index : *own;
  const size_t types = graph.types();
  std::vector<std::vector<VisitedNodes>> grains((seeds.size() + kGrain - 1) / kGrain);
  ParallelFor(seeds.size(), kGrain, [&](size_t begin, size_t end) {
    Walker walker(graph, index, options);
    std::vector<Row> visited;
    std::vector<Visited> kept;
    auto& own_lists = grains[begin / kGrain];
    own_lists.resize(types);
    for (size_t i = begin; i < end; ++i) {
      visited.clear();
      const auto& times = options.before;
      walker.Walk(seeds[i], times.empty() ? 0 : times[times.size() == 1 ? 0 : i], visited);
      std::sort(visited.begin(), visited.end());
      auto at = visited.begin();
      for (size_t t = 0; t < types; ++t) {
        const auto last = std::lower_bound(at, visited.end(), graph.type_offsets[t + 1]);
        KeepTop({at, last}, options.top, kept, own_lists[t]);
        at = last;
      }
    }
  });
  std::vector<VisitedNodes> out(types);
  for (size_t t = 0; t < types; ++t) {
    out[t].offsets.push_back(0);
    for (const auto& grain : grains) {
      const Offset before = out[t].nodes.size();
      for (const Offset offset : grain[t].offsets) out[t].offsets.push_back(before + offset);
      out[t].nodes.insert(out[t].nodes.end(), grain[t].nodes.begin(), grain[t].nodes.end());
      out[t].visits.insert(out[t].visits.end(), grain[t].visits.begin(), grain[t].visits.end());
    }
  }
  return out;
}

}  // namespace cohear
