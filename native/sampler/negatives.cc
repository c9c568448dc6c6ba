#include "sampler/negatives.h"

#include <vector>

#include "core/pool.h"
#include "sampler/neighbor.h"
#include "sampler/pairs.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 64;  // pairs
constexpr int kTries = 32;     // draws before the exact choice

// The items that a pair's negatives come from.
class Candidates {
 public:
  Candidates(const Graph& graph, const std::vector<const Relation*>& relations, Row anchor, Row positive)
      : graph_(graph), anchor_(anchor), positive_(positive) {
    const uint32_t of_anchor = TypeOf(graph, anchor), of_positive = TypeOf(graph, positive);
    begin_ = graph.type_offsets[of_positive];
    end_ = graph.type_offsets[of_positive + 1];
    in_ = relations[of_positive * graph.types() + of_anchor];
    out_ = relations[of_anchor * graph.types() + of_positive];
  }

  Row begin() const { return begin_; }
  uint32_t size() const { return end_ - begin_; }

  bool Qualifies(Row row) const {
    return row != anchor_ && row != positive_ && !HasEdge(graph_, in_, row, anchor_) &&
           !HasEdge(graph_, out_, anchor_, row);
  }

 private:
  const Graph& graph_;
  Row anchor_, positive_, begin_, end_;
  const Relation *in_, *out_;  // candidate -> anchor, anchor -> candidate
};

struct Tally {
  uint64_t rejected = 0, exhausted = 0;
};

// The exact choice, by rank among the rows that qualify; slow, and reached only by anchors that are joined to
// nearly all of a type.
Row ChooseExactly(const Candidates& candidates, Row anchor, Row positive, Draws& draws, Tally& tally) {
  uint32_t qualified = 0;
  for (uint32_t i = 0; i < candidates.size(); ++i) qualified += candidates.Qualifies(candidates.begin() + i);
  const uint32_t high = draws.Next(), low = draws.Next();
  if (qualified > 0) {
    uint32_t rank = BelowWide(high, low, qualified);
    for (Row row = candidates.begin();; ++row) {
      if (candidates.Qualifies(row) && rank-- == 0) return row;
    }
  }
  ++tally.exhausted;
  const bool holds_anchor = anchor - candidates.begin() < candidates.size();
  const uint32_t others = candidates.size() - (holds_anchor ? 1 : 0);
  if (others == 0) return positive;
  const Row row = candidates.begin() + BelowWide(high, low, others);
  return holds_anchor && row >= anchor ? row + 1 : row;
}

Row DrawNegative(const Candidates& candidates, Row anchor, Row positive, Draws& draws, Tally& tally) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Row row = candidates.begin() + draws.NextBelow(candidates.size());
    if (candidates.Qualifies(row)) return row;
    ++tally.rejected;
  }
  return ChooseExactly(candidates, anchor, positive, draws, tally);
}

}  // namespace

Negatives SampleNegatives(const Graph& graph, std::span<const Row> anchors, std::span<const Row> positives,
                          const NegativeOptions& options) {
  COHEAR_REQUIRE(anchors.size() == positives.size(), Code::kShape,
                 anchors.size() << " anchors but " << positives.size() << " positives; want as many");
  for (size_t i = 0; i < anchors.size(); ++i) {
    COHEAR_REQUIRE(anchors[i] < graph.nodes() && positives[i] < graph.nodes(), Code::kRange,
                   "pair " << i << " is rows " << anchors[i] << " and " << positives[i]
                           << ", want below the graph's " << graph.nodes() << " nodes");
  }
  COHEAR_REQUIRE(options.count <= (1u << 16), Code::kRange,
                 "negatives: want at most 65536 per pair, got " << options.count);
  std::vector<const Relation*> relations(graph.types() * graph.types(), nullptr);
  for (const auto& relation : graph.relations) {
    relations[relation.source_type * graph.types() + relation.destination_type] = &relation;
  }
  Negatives out;
  out.rows.resize(anchors.size() * options.count);
  std::vector<Tally> tallies((anchors.size() + kGrain - 1) / kGrain);
  ParallelFor(anchors.size(), kGrain, [&](size_t begin, size_t end) {
    Tally& tally = tallies[begin / kGrain];
    for (size_t i = begin; i < end; ++i) {
      const Candidates candidates(graph, relations, anchors[i], positives[i]);
      for (uint32_t k = 0; k < options.count; ++k) {
        Draws draws(options.seed, static_cast<uint32_t>(i), StreamWord(Stream::kNegative) + k, options.step);
        out.rows[i * options.count + k] = DrawNegative(candidates, anchors[i], positives[i], draws, tally);
      }
    }
  });
  for (const Tally& tally : tallies) {
    out.rejected += tally.rejected;
    out.exhausted += tally.exhausted;
  }
  return out;
}

}  // namespace cohear
