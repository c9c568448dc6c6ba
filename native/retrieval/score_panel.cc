#include "retrieval/score_panel.h"

#include "core/tile_product.h"

namespace cohear {
namespace {

static_assert(kTile == kTileHeight && kPanel == kTileWidth);

template <size_t kBytes>
COHEAR_INLINE void ScorePanel(const float* tiles, size_t count, const float* panel, size_t d,
                              const float* bias, float* scores) {
  for (size_t t = 0; t < count; ++t) {
    float* const out = scores + t * kTile * kPanel;
    TileProduct<kBytes>(d, tiles + t * kTile * d, panel, kPanel, {out});
    if (bias == nullptr) continue;
    for (size_t q = 0; q < kTile; ++q)
      for (size_t i = 0; i < kPanel; ++i) out[q * kPanel + i] += bias[i];
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
