#include <algorithm>
#include <limits>

#include "core/pool.h"
#include "sampler/links.h"
#include "sampler/pairs.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kRows = 1024;                  // rows of a relation per grain
constexpr size_t kLinks = 64;                   // links per grain
constexpr uint64_t kSlice = uint64_t{1} << 20;  // links made at once for a whole epoch

struct Link {
  Row low, high;
  bool own;  // this edge stands for the pair, and not the one the other way
};

// The edges that hold a link type's pairs: those of one direction, then, between two types, of the other.
class PairEdges {
 public:
  PairEdges(const Graph& graph, const LinkType& type)
      : graph_(&graph), up_(type.up), down_(type.low == type.high ? nullptr : type.down) {}

  uint64_t size() const { return EdgesOf(up_) + EdgesOf(down_); }

  Link At(uint64_t edge) const {
    const bool down = edge >= EdgesOf(up_);
    const Relation& relation = down ? *down_ : *up_;
    const Offset e = down ? edge - EdgesOf(up_) : edge;
    const auto after = std::upper_bound(relation.offsets.begin(), relation.offsets.end(), e);
    return Of(relation, static_cast<size_t>(after - relation.offsets.begin()) - 1, e);
  }

  uint64_t CountPairs() const {
    uint64_t pairs = 0;
    for (const Relation* relation : {up_, down_}) {
      if (relation == nullptr) continue;
      const size_t rows = relation->offsets.size() - 1;
      std::vector<uint64_t> own((rows + kRows - 1) / kRows, 0);
      ParallelFor(rows, kRows, [&](size_t begin, size_t end) {
        uint64_t count = 0;
        for (size_t row = begin; row < end; ++row) {
          for (Offset e = relation->offsets[row]; e < relation->offsets[row + 1]; ++e)
            count += Of(*relation, row, e).own;
        }
        own[begin / kRows] = count;
      });
      for (const uint64_t count : own) pairs += count;
    }
    return pairs;
  }

 private:
  static uint64_t EdgesOf(const Relation* relation) { return relation ? relation->edges() : 0; }

  Link Of(const Relation& relation, size_t row, Offset e) const {
    const Row source = relation.indices[e],
              destination = static_cast<Row>(graph_->type_offsets[relation.destination_type] + row);
    if (source < destination) return {source, destination, true};
    return {destination, source, source != destination && !HasEdge(*graph_, up_, destination, source)};
  }

  const Graph* graph_;
  const Relation *up_, *down_;
};

}  // namespace

// Where an epoch stands among the edges of one link type.
class LinkEpoch::Source {
 public:
  Source(const Graph& graph, const LinkType& type, uint64_t pairs, Draws keys)
      : edges_(graph, type), order_(edges_.size(), keys), pairs_(pairs) {}

  // The next `count` pairs that there are for certain.
  void Next(uint64_t count, std::vector<Link>& out) {
    std::vector<Link> tried;
    for (out.clear(); out.size() < count;) {
      // As many edges as hold what is missing, on average, and some more.
      const double each = static_cast<double>(order_.size()) / static_cast<double>(pairs_);
      const double enough = static_cast<double>(count - out.size()) * each + 16;
      tried.resize(std::min(order_.size() - at_, static_cast<uint64_t>(enough)));
      ParallelFor(tried.size(), kLinks, [&](size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) tried[i] = edges_.At(order_(at_ + i));
      });
      for (size_t i = 0; i < tried.size() && out.size() < count; ++i, ++at_) {
        if (tried[i].own) out.push_back(tried[i]);
      }
    }
  }

 private:
  PairEdges edges_;
  Permutation order_;
  uint64_t pairs_, at_ = 0;
};

std::vector<uint64_t> CountPairs(const Graph& graph) {
  std::vector<uint64_t> pairs;
  for (const LinkType& type : LinkTypes(graph)) pairs.push_back(PairEdges(graph, type).CountPairs());
  return pairs;
}

LinkEpoch::LinkEpoch(const Graph& graph, std::span<const uint64_t> pairs, const EpochOptions& options)
    : options_(options), order_(0, {0, 0, 0, 0}) {
  const auto types = LinkTypes(graph);
  COHEAR_ASSERT(types.size() == pairs.size(), "pairs of another graph");
  uint64_t rarest = std::numeric_limits<uint32_t>::max();
  for (uint32_t t = 0; t < types.size(); ++t) {
    // A link type without pairs says nothing about balance; it must not bring all others to zero.
    if (pairs[t] > 0) rarest = std::min(rarest, pairs[t]);
    COHEAR_REQUIRE(pairs[t] < (uint64_t{1} << 32), Code::kRange,
                   "a link type has " << pairs[t] << " pairs, want below 2^32");
    types_.push_back({types[t].low, types[t].high, static_cast<uint32_t>(pairs[t]), 0});
    sources_.emplace_back(graph, types[t], pairs[t],
                          Draws(options.seed, StreamWord(Stream::kUndersample, 0, t), options.epoch, 0));
  }
  for (auto& type : types_) {
    uint64_t take = options.balanced ? std::min<uint64_t>(type.pairs, rarest) : type.pairs;
    if (options.max_per_relation) take = std::min<uint64_t>(take, *options.max_per_relation);
    type.taken = static_cast<uint32_t>(take);
    size_ += take;
  }
  COHEAR_REQUIRE(size_ < (uint64_t{1} << 32), Code::kRange,
                 "the epoch has " << size_ << " links, want below 2^32; set a maximum per relation");
  order_ = Permutation(size_, {options.seed, StreamWord(Stream::kShuffle), options.epoch, 0});
}

LinkEpoch::~LinkEpoch() = default;
LinkEpoch::LinkEpoch(LinkEpoch&&) noexcept = default;

void LinkEpoch::Next(uint64_t count, EpochLinks& out) {
  count = std::min(count, size_ - at_);
  const size_t before = out.relations.size();
  for (RawVector<uint32_t>* column : {&out.links.anchors, &out.links.positives, &out.relations})
    column->resize(before + count);
  const auto turns = std::span(out.relations).subspan(before);
  ParallelFor(count, kLinks, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      uint64_t place = order_(at_ + i);
      uint32_t type = 0;
      while (place >= types_[type].taken) place -= types_[type++].taken;
      turns[i] = type;
    }
  });
  std::vector<uint64_t> counts(types_.size(), 0), used(types_.size(), 0);
  for (const uint32_t type : turns) ++counts[type];
  std::vector<std::vector<Link>> links(types_.size());
  for (size_t t = 0; t < types_.size(); ++t) sources_[t].Next(counts[t], links[t]);
  for (size_t i = 0; i < count; ++i) {
    const Link& link = links[turns[i]][used[turns[i]]++];
    const Counter coin =
        Philox(options_.seed, {link.low, link.high, StreamWord(Stream::kOrientation), options_.epoch});
    const bool swap = coin[0] & 1;
    out.links.anchors[before + i] = swap ? link.high : link.low;
    out.links.positives[before + i] = swap ? link.low : link.high;
  }
  at_ += count;
}

EpochLinks WholeEpoch(LinkEpoch& epoch) {
  EpochLinks out{{}, {}, epoch.types()};
  for (uint64_t at = 0; at < epoch.size(); at += kSlice) epoch.Next(kSlice, out);
  return out;
}

EpochLinks BalancedEpoch(const Graph& graph, const EpochOptions& options) {
  LinkEpoch epoch(graph, CountPairs(graph), options);
  return WholeEpoch(epoch);
}

}  // namespace cohear
