#include "core/gemm_thin.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/dot_four.h"
#include "core/simd.h"

namespace cohear::gemm {
namespace {

constexpr size_t kRowsAtOnce = 8;  // of the matrix: as many streams as the prefetcher follows

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

template <size_t kBytes>
COHEAR_INLINE void ThinColumns(const ThinProduct& g, const float* v, size_t begin, size_t end) {
  if (!g.transposed) return AddRows<kBytes>(v, g.k, g.matrix + begin, g.ld, end - begin, g.c + begin);
  for (size_t j = begin; j < end; j += 4) {
    // Past the end the last row stands in.
    const float* rows[4];
    for (size_t r = 0; r < 4; ++r) rows[r] = g.matrix + (j + r < end ? j + r : end - 1) * g.ld;
    float sums[4];
    DotFour<kBytes>(v, g.k, rows, sums);
    for (size_t r = 0; r < 4 && j + r < end; ++r) g.c[j + r] += sums[r];
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
