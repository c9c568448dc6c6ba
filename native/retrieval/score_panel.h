// Dot products of queries with items: the kernel that exact search and dense scores share.
#pragma once
#include <cstddef>

namespace cohear {

// Queries come in tiles and items in panels, each laid out dimension by dimension: one step multiplies the
// tile's broadcast numbers with vectors of the panel's items, and the sums stay in registers. The lanes are
// items, so no sum is ever split, and every width of vector gives the same bits.
constexpr size_t kTile = 6, kPanel = 16;

// to[i * width + r] = from[r * d + i], zero from row `rows` on.
void PackRows(const float* from, size_t rows, size_t d, size_t width, float* to);

// `count` tiles against one panel: scores[tile][query of the tile][item of the panel], plus bias[item] unless
// it is null.
void ScorePanel(const float* tiles, size_t count, const float* panel, size_t d, const float* bias,
                float* scores);

}  // namespace cohear
