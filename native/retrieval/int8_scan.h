// A first look at inner products through 8-bit copies of the vectors: which items may score above a
// threshold? Integer arithmetic, so the same answer on every machine; AVX-512 VNNI multiplies 64 numbers at a
// time.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/csr.h"

namespace cohear {

// Why no item is lost. Write x = s x' + e, with x' the 8-bit copy and s its scale, and q = t q' + f. Then
//   q . x  =  t s (q' . x')  +  (t q') . e  +  f . x
// and by Cauchy and Schwarz the last two terms are at most |t q'| |e| + |f| |x|: all norms that are known,
// |e| and |f| being what rounding really took away. The score that counts is the sum of products in 32-bit
// floats, which differs from q . x by at most d 2^-23 |q| |x| (Higham, Accuracy and Stability, 3.1), and the
// bound itself is evaluated in floats. Both are covered by Slack(d) |q| |x|. So an item whose bound is not
// above the threshold has no score above it, and everything else is scored anew exactly.
class Int8Scan {
 public:
  static constexpr size_t kPanel = 16;  // items side by side in a register
  static constexpr size_t kGroup = 64;  // items of one Above(): a bit each
  static constexpr size_t kTile = 6;    // queries of one Above()
  static bool Pays();                   // whether this machine has the instructions for it
  static float Slack(size_t d) { return static_cast<float>(d) * 0x1p-22f + 0x1p-18f; }

  // queries [count, d]; false where norms are so large or so small that the argument would need care.
  Int8Scan(std::span<const float> queries, size_t d);
  bool sound() const { return sound_; }
  size_t tiles() const { return (count_ + kTile - 1) / kTile; }

  // Copies of rows of items [rows, d] to be scanned; rows beyond the last are never above anything. False
  // where a number is not finite or a norm unsound.
  bool Load(const float* items, size_t rows);
  size_t groups() const { return (rows_ + kGroup - 1) / kGroup; }

  // Of a query: a score lies within norm |e| + missed |x| of (sum - correction) s scale.
  struct Bound {
    float scale, norm, missed;
    int32_t correction;
  };

  // Products of a group's copies with a tile's: [query of the tile][item of the group].
  using Sums = int32_t[kTile][kGroup];
  void Multiply(size_t tile, size_t group, Sums& sums) const;

  // above[q] bit i: item group * kGroup + i may score above thresholds[q] of the tile's query q.
  void Above(size_t tile, size_t group, const Sums& sums, const float* thresholds, uint64_t* above) const;

  // A number that `count` of the items score above, for the tile's query q; -infinity where it finds none.
  // Items are dealt into buckets, and each bucket's best has a least score that it may have: all but few of
  // the best items lie in buckets of their own, so this is close to the best that can be said. all: of every
  // group in turn.
  float Floor(size_t tile, size_t q, const Sums* all, size_t count) const;

 private:
  struct QueryFacts {
    float scale, norm, lost, whole;  // t, |t q'|, |f|, |q|
    int32_t correction;              // 128 times the sum of q'
  };
  Bound BoundOf(size_t query) const;

  size_t count_, d_, steps_;  // steps of 4 dimensions
  size_t rows_ = 0;
  bool sound_ = true;
  std::vector<int8_t> queries_;  // [tiles][steps][kTile][4]
  std::vector<QueryFacts> facts_;
  std::vector<uint8_t> items_;                // [panels][steps][kPanel][4], each number plus 128
  std::vector<float> scales_, lost_, norms_;  // per item: s, |e|, |x|
};

}  // namespace cohear
