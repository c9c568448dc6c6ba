#include "retrieval/dot_scores.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/pool.h"
#include "retrieval/score_panel.h"

namespace cohear {
namespace {

constexpr size_t kBlockTiles = 8;   // a block's queries and one panel stay in the first-level cache
constexpr size_t kStretch = 16384;  // items packed at a time

// Rows [first, first + rows) in groups of `width`, packed one group after the other.
void PackAll(const SourceTable& from, size_t first, size_t rows, size_t d, size_t width,
             std::vector<float>& to) {
  const size_t groups = (rows + width - 1) / width;
  to.resize(groups * width * d);
  ParallelFor(groups, 64, [&](size_t begin, size_t end) {
    std::vector<float> decoded(from.element == Element::kFloat32 ? 0 : width * d);
    for (size_t g = begin; g < end; ++g) {
      const size_t count = std::min(width, rows - g * width);
      PackRows(from.Rows(first + g * width, count, d, decoded.data()), count, d, width, &to[g * width * d]);
    }
  });
}

}  // namespace

void DotScores(std::span<const float> queries, const SourceTable& items, size_t d,
               std::span<const float> bias, std::span<float> out) {
  COHEAR_REQUIRE(d >= 1, Code::kRange, "vectors of 0 dimensions cannot be compared");
  COHEAR_REQUIRE(
      queries.size() % d == 0 && items.size % d == 0, Code::kShape,
      "queries: " << queries.size() << " numbers, items: " << items.size << "; want whole rows of " << d);
  const size_t count = queries.size() / d, n = items.size / d;
  COHEAR_REQUIRE(bias.empty() || bias.size() == n, Code::kShape,
                 "bias: " << bias.size() << " numbers, want one for each of " << n << " items or none");
  COHEAR_REQUIRE(
      out.size() == count * n, Code::kShape,
      "out: room for " << out.size() << " scores, want " << count << " x " << n << " = " << count * n);
  std::vector<float> tiles, panels;
  PackAll(SourceTable::Floats(queries), 0, count, d, kTile, tiles);
  for (size_t first = 0; first < n; first += kStretch) {
    const size_t last = std::min(first + kStretch, n);
    PackAll(items, first, last - first, d, kPanel, panels);
    ParallelFor((count + kTile - 1) / kTile, kBlockTiles, [&](size_t begin, size_t end) {
      alignas(64) float scores[kBlockTiles * kTile * kPanel];
      for (size_t item = first; item < last; item += kPanel) {
        const size_t width = std::min(kPanel, last - item);
        alignas(64) float added[kPanel] = {};
        if (!bias.empty()) std::copy_n(&bias[item], width, added);
        ScorePanel(&tiles[begin * kTile * d], end - begin, &panels[(item - first) * d], d, added, scores);
        for (size_t q = begin * kTile; q < std::min(end * kTile, count); ++q) {
          std::copy_n(&scores[(q - begin * kTile) * kPanel], width, &out[q * n + item]);
        }
      }
    });
  }
}

}  // namespace cohear
