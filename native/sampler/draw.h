// Uniform choice without replacement by Floyd's method (Bentley and Floyd, "A sample of brilliance", CACM
// 1987): for j = n - k .. n - 1 draw t in [0, j] and take t, or j where t is taken already. Every set of k of
// n comes out equally often, with exactly k draws. The order is that of drawing, not sorted.
#pragma once
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace cohear {

class FloydSampler {
 public:
  // Writes k <= n different positions below n to `out`.
  void Sample(Draws& draws, uint32_t n, uint32_t k, uint32_t* out) {
    if (k <= kScan) {
      for (uint32_t i = 0; i < k; ++i) {
        const uint32_t j = n - k + i;
        const uint32_t t = draws.NextBelow(j + 1);
        bool taken = false;
        for (uint32_t m = 0; m < i; ++m) taken |= out[m] == t;
        out[i] = taken ? j : t;
      }
      return;
    }
    if (seen_.size() < n / 64 + 1) seen_.resize(n / 64 + 1, 0);
    for (uint32_t i = 0; i < k; ++i) {
      const uint32_t j = n - k + i;
      uint32_t t = draws.NextBelow(j + 1);
      if (seen_[t / 64] >> (t % 64) & 1) t = j;
      seen_[t / 64] |= uint64_t{1} << (t % 64);
      out[i] = t;
    }
    for (uint32_t i = 0; i < k; ++i) seen_[out[i] / 64] = 0;
  }

 private:
  static constexpr uint32_t kScan = 32;  // up to here a scan of what was taken beats a bitmap
  std::vector<uint64_t> seen_;           // all zero between calls
};

}  // namespace cohear
