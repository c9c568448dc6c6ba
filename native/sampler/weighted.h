// Choice by weight, exactly: position j of n comes out in proportion to weights[j]; without replacement, to
// its share of what is left (successive sampling).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace cohear {

// One slot of an alias table (Walker 1977; built by Vose 1991): of 2^32 draws that fall on a slot,
// `threshold` mean the slot itself, the others `other`.
struct AliasSlot {
  uint32_t threshold, other;
};

// `weights` positive, as many as `slots`.
void BuildAlias(std::span<const float> weights, std::span<AliasSlot> slots);

// The neighbours that one node draws from. All spans but `barred` have a value per neighbour, or none.
struct Urn {
  std::span<const float> weights;    // all positive
  std::span<const AliasSlot> alias;  // over all of `weights`
  std::span<const double> sums;      // running sums of the weights: instead of `alias`
  std::span<const uint32_t> barred;  // positions that must not come out, ascending; not all of them
};

// One per thread; its memory is reused.
//
// With replacement a draw is one look at the alias table (or a binary search in the running sums). Without,
// such draws are repeated until they give something new, which is exact: a draw that falls on what is taken
// already says nothing about the next. Where that would take long, each neighbour gets an exponential waiting
// time of its weight's rate, and the k that come first are taken (Efraimidis and Spirakis, Inf. Proc. Lett.
// 2006): for short lists from the start, for others when a few positions hold nearly all of the weight.
class WeightedSampler {
 public:
  void WithReplacement(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out);
  // k at most the positions that are not barred. In the order of drawing.
  void WithoutReplacement(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out);

 private:
  void FirstToArrive(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out);
  uint32_t OneExactly(Draws& draws, const Urn& urn);

  std::vector<uint64_t> seen_;  // all zero between calls
  std::vector<uint32_t> bits_, order_;
  std::vector<double> times_;
};

}  // namespace cohear
