// Uniform choice without replacement by Floyd's method (Bentley and Floyd, "A sample of brilliance", CACM
// 1987): for j = n - k .. n - 1 draw t in [0, j] and take t, or j where t is taken already. Every set of k of
// n comes out equally often, with exactly k draws. The order is that of drawing, not sorted.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace cohear {

class FloydSampler {
 public:
  // Writes k <= n different positions below n to `out`.
  void Sample(Draws& draws, uint32_t n, uint32_t k, uint32_t* out) {
    if (k <= kFew) return Few(draws, n, k, out);
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
  static constexpr uint32_t kFew = 32;  // draws that a small bitmap serves, whatever n is
  static constexpr uint32_t kMarks = 1024;

  // Where a position is likely to come up twice, each draw asks one bit whether it is taken, without a
  // branch. Where it is not, draws do not wait for one another: positions may share bits, mostly no bit is
  // met twice, and then nothing was.
  void Few(Draws& draws, uint32_t n, uint32_t k, uint32_t* out) {
    uint32_t bits[kFew + Draws::kSpare];
    draws.Take(k, bits);
    if (n <= 64) {
      uint64_t mark = 0;
      for (uint32_t i = 0; i < k; ++i) {
        const uint32_t j = n - k + i;
        out[i] = Other(Below(bits[i], j + 1), j, mark);
        mark |= uint64_t{1} << out[i];
      }
      return;
    }
    if (n <= kMarks && n < 4 * k * k) {
      for (uint32_t i = 0; i < k; ++i) {
        const uint32_t j = n - k + i, t = Below(bits[i], j + 1);
        out[i] = Other(t, j, marks_[t / 64]);
        marks_[out[i] / 64] |= uint64_t{1} << (out[i] % 64);
      }
      for (uint32_t i = 0; i < k; ++i) marks_[out[i] / 64] = 0;
      return;
    }
    uint64_t met = 0;
    for (uint32_t i = 0; i < k; ++i) {
      out[i] = Below(bits[i], n - k + i + 1);
      uint64_t& word = marks_[out[i] % kMarks / 64];
      met |= word >> (out[i] % 64);
      word |= uint64_t{1} << (out[i] % 64);
    }
    for (uint32_t i = 0; i < k; ++i) marks_[out[i] % kMarks / 64] = 0;
    if ((met & 1) == 0) return;
    for (uint32_t i = 1; i < k; ++i) {
      if (std::find(out, out + i, out[i]) != out + i) out[i] = n - k + i;
    }
  }

  // t, or j where t is marked; by a mask, since compilers make a branch of a choice.
  static uint32_t Other(uint32_t t, uint32_t j, uint64_t marks) {
    const uint32_t taken = static_cast<uint32_t>(marks >> (t % 64) & 1);
    return t ^ ((t ^ j) & (0 - taken));
  }

  uint64_t marks_[kMarks / 64] = {};  // all zero between calls
  std::vector<uint64_t> seen_;        // all zero between calls
};

}  // namespace cohear
