#include "retrieval/score_panel.h"

#include <cstring>

#include "core/simd.h"

namespace cohear {
namespace {

// As many vectors of items as, with the sums of six queries, leave registers for the rest.
constexpr size_t kHeld = 2;

template <size_t kBytes>
COHEAR_INLINE void ScorePanel(const float* tiles, size_t count, const float* panel, size_t d,
                              const float* bias, float* scores) {
  using Lanes = typename Vectors<kBytes>::Floats;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes, kVectors = kPanel / kLanes;
  constexpr size_t kTogether = kVectors < kHeld ? kVectors : kHeld;
  for (size_t t = 0; t < count; ++t) {
    const float* const tile = tiles + t * kTile * d;
    float* const out = scores + t * kTile * kPanel;
    for (size_t first = 0; first < kPanel; first += kTogether * kLanes) {
      Lanes sums[kTile][kTogether] = {};
      for (size_t i = 0; i < d; ++i) {
        Lanes items[kTogether];
#pragma GCC unroll 2
        for (size_t v = 0; v < kTogether; ++v)
          std::memcpy(&items[v], panel + i * kPanel + first + v * kLanes, kBytes);
#pragma GCC unroll 6
        for (size_t q = 0; q < kTile; ++q)
#pragma GCC unroll 2
          for (size_t v = 0; v < kTogether; ++v) sums[q][v] += tile[i * kTile + q] * items[v];
      }
#pragma GCC unroll 6
      for (size_t q = 0; q < kTile; ++q)
#pragma GCC unroll 2
        for (size_t v = 0; v < kTogether; ++v) {
          Lanes score = sums[q][v];
          if (bias) {
            Lanes added;
            std::memcpy(&added, bias + first + v * kLanes, kBytes);
            score += added;
          }
          std::memcpy(out + q * kPanel + first + v * kLanes, &score, kBytes);
        }
    }
  }
}

}  // namespace

void PackRows(const float* from, size_t rows, size_t d, size_t width, float* to) {
  for (size_t r = 0; r < width; ++r) {
    for (size_t i = 0; i < d; ++i) to[i * width + r] = r < rows ? from[r * d + i] : 0.0f;
  }
}

COHEAR_VECTORS(ScorePanel,
               (const float* tiles, size_t count, const float* panel, size_t d, const float* bias,
                float* scores),
               (tiles, count, panel, d, bias, scores))

}  // namespace cohear
