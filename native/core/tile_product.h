// The kernel of products whose operands are packed: 6 rows times 16 columns, the sums in registers.
#pragma once
#include <cstring>

#include "core/simd.h"

namespace cohear {

constexpr size_t kTileHeight = 6, kTileWidth = 16;

// Where a tile goes: floats from one row of it to the next, and whether it is added to what lies there.
struct TileOutput {
  float* c;
  size_t ldc = kTileWidth;
  bool add = false;
};

// out[kHeight][16] = sum over i < k of a[i][row] * b[i][column], where a row of a is six floats after the one
// before, a row of b b_step floats. The lanes are columns, so no sum is ever split, and every width of vector
// gives the same bits. As many vectors of b are held as leave, with six sums for each, registers for the
// rest.
template <size_t kBytes, size_t kHeight = kTileHeight>
COHEAR_INLINE void TileProduct(size_t k, const float* a, const float* b, size_t b_step, TileOutput out) {
  using Lanes = typename Vectors<kBytes>::Floats;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes, kVectors = kTileWidth / kLanes;
  constexpr size_t kHeld = kVectors < 2 ? kVectors : 2;
  for (size_t first = 0; first < kTileWidth; first += kHeld * kLanes) {
    Lanes sums[kHeight][kHeld] = {};
    for (size_t i = 0; i < k; ++i) {
      Lanes row[kHeld];
#pragma GCC unroll 2
      for (size_t v = 0; v < kHeld; ++v) std::memcpy(&row[v], b + i * b_step + first + v * kLanes, kBytes);
#pragma GCC unroll 6
      for (size_t y = 0; y < kHeight; ++y)
#pragma GCC unroll 2
        for (size_t v = 0; v < kHeld; ++v) sums[y][v] += a[i * kTileHeight + y] * row[v];
    }
#pragma GCC unroll 6
    for (size_t y = 0; y < kHeight; ++y)
#pragma GCC unroll 2
      for (size_t v = 0; v < kHeld; ++v) {
        float* const to = out.c + y * out.ldc + first + v * kLanes;
        Lanes sum = sums[y][v];  // whose address is taken in place of that of a register
        if (out.add) {
          Lanes before;
          std::memcpy(&before, to, kBytes);
          sum = before + sum;
        }
        std::memcpy(to, &sum, kBytes);
      }
  }
}

}  // namespace cohear
