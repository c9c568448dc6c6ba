// Our own product, for machines without oneDNN or a CBLAS and for sanitizer builds: panels of A and B are
// packed so that the inner loop reads memory in order, and a 6 x 16 block of C stays in registers.
#include <algorithm>
#include <vector>

#include "core/gemm.h"
#include "core/tile_product.h"

namespace cohear::gemm {
namespace {

constexpr size_t kRows = kTileHeight, kColumns = kTileWidth;  // the block in registers
constexpr size_t kPanelRows = 96, kPanelK = 256, kPanelColumns = 512;

template <size_t kBytes>
COHEAR_INLINE void PortableBlock(size_t k, const float* a, const float* b, float* c) {
  TileProduct<kBytes>(k, a, b, c);
}

}  // namespace

// c[kRows][kColumns] = sum over k of a[k][row] * b[k][column]; both packed, zero-padded.
COHEAR_VECTORS(PortableBlock, (size_t k, const float* a, const float* b, float* c), (k, a, b, c))

namespace {

// Packs `size` columns of op(X) (rows k of it) in strips of `width`, each strip k x width.
// stride_k and stride_i are the steps of op(X) along k and along the packed direction.
void Pack(const float* x, size_t stride_k, size_t stride_i, size_t k, size_t size, size_t width, float* out) {
  for (size_t begin = 0; begin < size; begin += width) {
    const size_t used = std::min(width, size - begin);
    const float* strip = x + begin * stride_i;
    for (size_t p = 0; p < k; ++p, out += width) {
      for (size_t i = 0; i < used; ++i) out[i] = strip[p * stride_k + i * stride_i];
      for (size_t i = used; i < width; ++i) out[i] = 0.0f;
    }
  }
}

size_t RoundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

void MultiplyPortable(const GemmArgs& args) {
  thread_local std::vector<float> packed_a(kPanelRows * kPanelK), packed_b(kPanelK * kPanelColumns);
  alignas(64) float block[kRows * kColumns];
  const size_t a_k = args.transpose_a ? args.lda : 1, a_i = args.transpose_a ? 1 : args.lda;
  const size_t b_k = args.transpose_b ? 1 : args.ldb, b_i = args.transpose_b ? args.ldb : 1;
  for (size_t column = 0; column < args.n; column += kPanelColumns) {
    const size_t columns = std::min(kPanelColumns, args.n - column);
    for (size_t p = 0; p < args.k; p += kPanelK) {
      const size_t k = std::min(kPanelK, args.k - p);
      const bool add = args.accumulate || p > 0;
      Pack(args.b + p * b_k + column * b_i, b_k, b_i, k, columns, kColumns, packed_b.data());
      for (size_t row = 0; row < args.m; row += kPanelRows) {
        const size_t rows = std::min(kPanelRows, args.m - row);
        Pack(args.a + row * a_i + p * a_k, a_k, a_i, k, rows, kRows, packed_a.data());
        for (size_t j = 0; j < RoundUp(columns, kColumns); j += kColumns) {
          for (size_t i = 0; i < RoundUp(rows, kRows); i += kRows) {
            PortableBlock(k, packed_a.data() + i * k, packed_b.data() + j * k, block);
            const size_t height = std::min(kRows, rows - i), width = std::min(kColumns, columns - j);
            for (size_t y = 0; y < height; ++y) {
              float* out = args.c + (row + i + y) * args.ldc + column + j;
              const float* from = block + y * kColumns;
              if (add) {
                for (size_t x = 0; x < width; ++x) out[x] += from[x];
              } else {
                for (size_t x = 0; x < width; ++x) out[x] = from[x];
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace cohear::gemm
