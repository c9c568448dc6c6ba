#include "core/gemm_thin.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/simd.h"

namespace cohear::gemm {
namespace {

constexpr size_t kRowsAtOnce = 8;  // of the matrix: as many streams as the prefetcher follows
constexpr size_t kLanes = 16;      // sums of one dot product, whatever the vectors' width

// c += v[k] M, some rows of M at a time over all of c.
template <size_t kBytes>
COHEAR_INLINE void AddRows(const float* v, size_t k, const float* m, size_t ld, size_t n, float* c) {
  using Floats = typename Vectors<kBytes>::Floats;
  constexpr size_t kWidth = Vectors<kBytes>::kLanes;
  for (size_t p = 0; p < k; p += kRowsAtOnce, m += kRowsAtOnce * ld) {
    const size_t rows = k - p < kRowsAtOnce ? k - p : kRowsAtOnce;
    size_t j = 0;
    if (rows == kRowsAtOnce)
      for (; j + kWidth <= n; j += kWidth) {
        Floats sum;
        std::memcpy(&sum, c + j, kBytes);
#pragma GCC unroll 8
        for (size_t r = 0; r < kRowsAtOnce; ++r) {
          Floats row;
          std::memcpy(&row, m + r * ld + j, kBytes);
          sum += v[p + r] * row;
        }
        std::memcpy(c + j, &sum, kBytes);
      }
    for (; j < n; ++j)
      for (size_t r = 0; r < rows; ++r) c[j] += v[p + r] * m[r * ld + j];
  }
}

// out[r] = the dot product of v and row r of m, for kHeight rows.
template <size_t kBytes, size_t kHeight>
COHEAR_INLINE void DotRows(const float* v, size_t k, const float* m, size_t ld, float* out) {
  using Floats = typename Vectors<kBytes>::Floats;
  constexpr size_t kWidth = Vectors<kBytes>::kLanes, kVectors = kLanes / kWidth;
  Floats sums[kHeight][kVectors] = {};
  size_t p = 0;
  for (; p + kLanes <= k; p += kLanes)
#pragma GCC unroll 4
    for (size_t x = 0; x < kVectors; ++x) {
      Floats of_v;
      std::memcpy(&of_v, v + p + x * kWidth, kBytes);
#pragma GCC unroll 4
      for (size_t r = 0; r < kHeight; ++r) {
        Floats row;
        std::memcpy(&row, m + r * ld + p + x * kWidth, kBytes);
        sums[r][x] += of_v * row;
      }
    }
  for (size_t r = 0; r < kHeight; ++r) {
    float lanes[kLanes];
    std::memcpy(lanes, sums[r], sizeof lanes);
    for (size_t q = p; q < k; ++q) lanes[q - p] += v[q] * m[r * ld + q];
    Vectors<16>::Floats parts[4];
    std::memcpy(parts, lanes, sizeof parts);
    const Vectors<16>::Floats four = (parts[0] + parts[2]) + (parts[1] + parts[3]);
    out[r] = (four[0] + four[2]) + (four[1] + four[3]);
  }
}

template <size_t kBytes>
COHEAR_INLINE void ThinColumns(const ThinProduct& g, const float* v, size_t begin, size_t end) {
  if (!g.transposed) return AddRows<kBytes>(v, g.k, g.matrix + begin, g.ld, end - begin, g.c + begin);
  constexpr size_t kHeight = 4;
  float sums[kHeight];
  for (size_t j = begin; j < end; j += kHeight) {
    const float* const rows = g.matrix + j * g.ld;
    const size_t height = end - j < kHeight ? end - j : kHeight;
    if (height == kHeight)
      DotRows<kBytes, kHeight>(v, g.k, rows, g.ld, sums);
    else
      for (size_t r = 0; r < height; ++r) DotRows<kBytes, 1>(v, g.k, rows + r * g.ld, g.ld, sums + r);
    for (size_t r = 0; r < height; ++r) g.c[j + r] += sums[r];
  }
}

COHEAR_VECTORS(ThinColumns, (const ThinProduct& g, const float* v, size_t begin, size_t end),
               (g, v, begin, end))

}  // namespace

std::optional<ThinProduct> AsThin(const GemmArgs& g) {
  if (g.m == 1)
    return ThinProduct{g.n,           g.k, g.a,         g.transpose_a ? g.lda : 1, g.b, g.ldb,
                       g.transpose_b, g.c, g.accumulate};
  if (g.n == 1 && g.ldc == 1)
    return ThinProduct{g.m, g.k,         g.b, g.transpose_b ? 1 : g.ldb, g.a, g.lda, !g.transpose_a,
                       g.c, g.accumulate};
  return std::nullopt;
}

void MultiplyThin(const ThinProduct& g, size_t begin, size_t end) {
  thread_local std::vector<float> kept;
  const float* v = g.vector;
  if (g.step != 1) {
    kept.resize(g.k);
    for (size_t p = 0; p < g.k; ++p) kept[p] = g.vector[p * g.step];
    v = kept.data();
  }
  if (!g.accumulate) std::fill(g.c + begin, g.c + end, 0.0f);
  ThinColumns(g, v, begin, end);
}

}  // namespace cohear::gemm
