// Choice by weight, exactly: position j of n comes out in proportion to weights[j]; without replacement, to
// its share of what is left (successive sampling).
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/csr.h"
#include "core/random.h"

namespace cohear {

// One slot of an alias table (Walker 1977; built by Vose 1991): of 2^32 draws that fall on a slot,
// `threshold` mean the slot itself, the others `other`.
struct AliasSlot {
  uint32_t threshold, other;
};

// `weights` positive, as many as `slots`.
void BuildAlias(std::span<const float> weights, std::span<AliasSlot> slots);

// A slot that holds the rows of both its positions, so that a draw reads one place of memory and not two.
struct RowSlot : AliasSlot {
  Row own_row, other_row;
};

// The neighbours that one node draws from: the first `limit` of a list.
struct Urn {
  std::span<const Row> rows;       // of the whole list
  std::span<const float> weights;  // all positive, of the whole list
  std::span<const RowSlot> alias;  // over the whole list
  std::span<const double> sums;    // running sums of the weights; needed where limit is less than the list
  uint32_t limit;
  std::span<const uint32_t> barred;  // positions that must not come out, ascending; not all below the limit

  bool open(uint32_t position) const {
    const bool below = position < limit;
    return barred.empty() ? below : below && !std::binary_search(barred.begin(), barred.end(), position);
  }
};

// The first draws of a node, made some nodes ahead so that the table's slots are on their way when they are
// looked at: the sampler's time is waiting for memory.
struct Shots {
  static constexpr uint32_t kMost = 64;
  uint32_t count = 0;
  uint32_t slots[kMost], fractions[kMost];
};

// One per thread; its memory is reused.
//
// A draw is one look at the alias table, repeated while it falls past the limit; where most of the weight
// lies there it is a binary search in the running sums instead. Without replacement draws are repeated until
// they give something new, which is exact: a draw that falls on what is taken already says nothing about the
// next. Where that would take long, each neighbour gets an exponential waiting time of its weight's rate, and
// the k that come first are taken (Efraimidis and Spirakis, Inf. Proc. Lett. 2006): for short lists from the
// start, for others when a few positions hold nearly all of the weight.
class WeightedSampler {
 public:
  // Takes draws for k of the urn from `draws` and asks for what they need. Nothing where the urn will not be
  // drawn from by table.
  static void Aim(Draws& draws, const Urn& urn, uint32_t k, bool replace, Shots& shots);

  // Rows, with `draws` and `shots` as Aim left them. Without replacement k is at most the positions that are
  // open, and they come in the order of drawing.
  void WithReplacement(Draws& draws, const Shots& shots, const Urn& urn, uint32_t k, Row* out);
  void WithoutReplacement(Draws& draws, const Shots& shots, const Urn& urn, uint32_t k, Row* out);

 private:
  void FirstToArrive(Draws& draws, const Urn& urn, uint32_t k, Row* out);
  uint32_t OneExactly(Draws& draws, const Urn& urn);

  std::vector<uint64_t> seen_;  // all zero between calls
  std::vector<uint32_t> bits_, order_, drawn_;
  std::vector<uint64_t> ranks_;
  std::vector<double> times_;
};

}  // namespace cohear
