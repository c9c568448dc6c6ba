// Dot products of one vector with four rows at a time, which share the reads of it.
#pragma once
#include <cstring>

#include "core/simd.h"

namespace cohear {

// out[r] = v . rows[r], over k numbers. Each is added in 16 fixed lanes and then in halves, so its bits
// depend neither on the other rows nor, where the compiler does not fuse, on the width of the vectors.
template <size_t kBytes>
COHEAR_INLINE void DotFour(const float* v, size_t k, const float* const rows[4], float* out) {
  using Floats = typename Vectors<kBytes>::Floats;
  constexpr size_t kRows = 4, kLanes = 16, kWidth = Vectors<kBytes>::kLanes, kVectors = kLanes / kWidth;
  Floats sums[kRows][kVectors] = {};
  size_t p = 0;
  for (; p + kLanes <= k; p += kLanes)
#pragma GCC unroll 4
    for (size_t x = 0; x < kVectors; ++x) {
      Floats of_v;
      std::memcpy(&of_v, v + p + x * kWidth, kBytes);
#pragma GCC unroll 4
      for (size_t r = 0; r < kRows; ++r) {
        Floats row;
        std::memcpy(&row, rows[r] + p + x * kWidth, kBytes);
        sums[r][x] += of_v * row;
      }
    }
  for (size_t r = 0; r < kRows; ++r) {
    float lanes[kLanes];
    std::memcpy(lanes, sums[r], sizeof lanes);
    for (size_t q = p; q < k; ++q) lanes[q - p] += v[q] * rows[r][q];
    Vectors<16>::Floats parts[4];
    std::memcpy(parts, lanes, sizeof parts);
    const Vectors<16>::Floats four = (parts[0] + parts[2]) + (parts[1] + parts[3]);
    out[r] = (four[0] + four[2]) + (four[1] + four[3]);
  }
}

}  // namespace cohear
