// The kernel of products whose operands are packed: 6 rows times 16 columns, the sums in registers.
#pragma once
#include <cstring>

#include "core/simd.h"

namespace cohear {

constexpr size_t kTileHeight = 6, kTileWidth = 16;

// c[6][16] = sum over i < k of a[i][row] * b[i][column]. The lanes are columns, so no sum is ever split, and
// every width of vector gives the same bits. As many vectors of b are held as leave, with six sums for each,
// registers for the rest.
template <size_t kBytes>
COHEAR_INLINE void TileProduct(size_t k, const float* a, const float* b, float* c) {
  using Lanes = typename Vectors<kBytes>::Floats;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes, kVectors = kTileWidth / kLanes;
  constexpr size_t kHeld = kVectors < 2 ? kVectors : 2;
  for (size_t first = 0; first < kTileWidth; first += kHeld * kLanes) {
    Lanes sums[kTileHeight][kHeld] = {};
    for (size_t i = 0; i < k; ++i) {
      Lanes row[kHeld];
#pragma GCC unroll 2
      for (size_t v = 0; v < kHeld; ++v)
        std::memcpy(&row[v], b + i * kTileWidth + first + v * kLanes, kBytes);
#pragma GCC unroll 6
      for (size_t y = 0; y < kTileHeight; ++y)
#pragma GCC unroll 2
        for (size_t v = 0; v < kHeld; ++v) sums[y][v] += a[i * kTileHeight + y] * row[v];
    }
#pragma GCC unroll 6
    for (size_t y = 0; y < kTileHeight; ++y)
#pragma GCC unroll 2
      for (size_t v = 0; v < kHeld; ++v) {
        const Lanes sum = sums[y][v];  // whose address is taken in place of that of a register
        std::memcpy(c + y * kTileWidth + first + v * kLanes, &sum, kBytes);
      }
  }
}

}  // namespace cohear
