// Products of bfloat16 with f32 sums, on CPUs that have them in hardware (AVX512-BF16): twice the f32 rate.
// Operands are f32 and are rounded while they are packed; a pair of k neighbours lies in one 32-bit word, as
// vdpbf16ps wants it. An 8 x 32 block of C stays in registers.
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/gemm.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(COHEAR_SANITIZE)
#include <immintrin.h>
#define COHEAR_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#endif

namespace cohear::gemm {

#if defined(COHEAR_BF16)

namespace {

using Pair = uint32_t;  // two bfloat16: k in the low half, k + 1 in the high half

constexpr size_t kRows = 8, kColumns = 32;  // the block in registers
constexpr size_t kPanelRows = 128, kPanelPairs = 128, kPanelColumns = 512;

// 32 words of k neighbours from each of the rows, laid out row by row within each pair.
template <size_t width>
COHEAR_BF16 void PackAlongK(const float* x, size_t stride, size_t k, size_t used, Pair* out) {
  const size_t pairs = (k + 1) / 2;
  for (size_t p = 0; p < pairs; p += 16) {
    const size_t left = k - 2 * p, count = std::min<size_t>(16, pairs - p);
    const auto low = static_cast<__mmask16>(left >= 16 ? 0xffff : (1u << left) - 1);
    const auto high = static_cast<__mmask16>(left >= 32 ? 0xffff : left > 16 ? (1u << (left - 16)) - 1 : 0);
    alignas(64) Pair rows[width][16];
    for (size_t i = 0; i < used; ++i) {
      const float* from = x + i * stride + 2 * p;
      const __m512 first = _mm512_maskz_loadu_ps(low, from), second = _mm512_maskz_loadu_ps(high, from + 16);
      _mm512_store_si512(rows[i], (__m512i)_mm512_cvtne2ps_pbh(second, first));
    }
    for (size_t i = used; i < width; ++i) std::memset(rows[i], 0, sizeof rows[i]);
    for (size_t q = 0; q < count; ++q)
      for (size_t i = 0; i < width; ++i) out[(p + q) * width + i] = rows[i][q];
  }
}

// The same where neighbours along the packed direction are neighbours in memory, and k is `stride` apart.
template <size_t width>
COHEAR_BF16 void PackAcrossK(const float* x, size_t stride, size_t k, size_t used, Pair* out) {
  static_assert(width % 8 == 0);
  for (size_t p = 0; p < k; p += 2, out += width) {
    const float *even = x + p * stride, *odd = p + 1 < k ? even + stride : nullptr;
    for (size_t i = 0; i < width; i += 8) {
      const auto mask = static_cast<__mmask8>(used >= i + 8 ? 0xff : used > i ? (1u << (used - i)) - 1 : 0);
      const __m256 low = _mm256_maskz_loadu_ps(mask, even + i);
      const __m256 high = odd ? _mm256_maskz_loadu_ps(mask, odd + i) : _mm256_setzero_ps();
      const __m256i a = _mm256_cvtepu16_epi32((__m128i)_mm256_cvtneps_pbh(low));
      const __m256i b = _mm256_cvtepu16_epi32((__m128i)_mm256_cvtneps_pbh(high));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_or_si256(a, _mm256_slli_epi32(b, 16)));
    }
  }
}

// Packs `size` columns of op(X) (k rows of it) in strips of `width`, each strip pairs x width.
template <size_t width>
void Pack(const float* x, size_t stride_k, size_t stride_i, size_t k, size_t size, Pair* out) {
  for (size_t begin = 0; begin < size; begin += width, out += (k + 1) / 2 * width) {
    const size_t used = std::min(width, size - begin);
    if (stride_k == 1) {
      PackAlongK<width>(x + begin * stride_i, stride_i, k, used, out);
    } else {
      PackAcrossK<width>(x + begin, stride_k, k, used, out);
    }
  }
}

COHEAR_BF16 void Block(size_t pairs, const Pair* a, const Pair* b, float* c, size_t ldc, size_t rows,
                       size_t columns, bool add) {
  __m512 sum[kRows][2];
  for (auto& row : sum) row[0] = row[1] = _mm512_setzero_ps();
  for (size_t p = 0; p < pairs; ++p, a += kRows, b += kColumns) {
    const auto left = (__m512bh)_mm512_loadu_si512(b), right = (__m512bh)_mm512_loadu_si512(b + 16);
    for (size_t r = 0; r < kRows; ++r) {
      const auto x = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[r]));
      sum[r][0] = _mm512_dpbf16_ps(sum[r][0], x, left);
      sum[r][1] = _mm512_dpbf16_ps(sum[r][1], x, right);
    }
  }
  const auto first = static_cast<__mmask16>(columns >= 16 ? 0xffff : (1u << columns) - 1);
  const auto second = static_cast<__mmask16>(columns >= 32  ? 0xffff
                                             : columns > 16 ? (1u << (columns - 16)) - 1
                                                            : 0);
  for (size_t r = 0; r < rows; ++r) {
    float* out = c + r * ldc;
    __m512 x = sum[r][0], y = sum[r][1];
    if (add) {
      x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(first, out));
      y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(second, out + 16));
    }
    _mm512_mask_storeu_ps(out, first, x);
    _mm512_mask_storeu_ps(out + 16, second, y);
  }
}

}  // namespace

void MultiplyBf16(const GemmArgs& args) {
  thread_local std::vector<Pair> packed_a(kPanelRows * kPanelPairs), packed_b(kPanelPairs * kPanelColumns);
  const size_t a_k = args.transpose_a ? args.lda : 1, a_i = args.transpose_a ? 1 : args.lda;
  const size_t b_k = args.transpose_b ? 1 : args.ldb, b_i = args.transpose_b ? args.ldb : 1;
  for (size_t column = 0; column < args.n; column += kPanelColumns) {
    const size_t columns = std::min(kPanelColumns, args.n - column);
    for (size_t p = 0; p < args.k; p += 2 * kPanelPairs) {
      const size_t k = std::min(2 * kPanelPairs, args.k - p), pairs = (k + 1) / 2;
      const bool add = args.accumulate || p > 0;
      Pack<kColumns>(args.b + p * b_k + column * b_i, b_k, b_i, k, columns, packed_b.data());
      for (size_t row = 0; row < args.m; row += kPanelRows) {
        const size_t rows = std::min(kPanelRows, args.m - row);
        Pack<kRows>(args.a + row * a_i + p * a_k, a_k, a_i, k, rows, packed_a.data());
        for (size_t j = 0; j < columns; j += kColumns)
          for (size_t i = 0; i < rows; i += kRows)
            Block(pairs, packed_a.data() + i * pairs, packed_b.data() + j * pairs,
                  args.c + (row + i) * args.ldc + column + j, args.ldc, std::min(kRows, rows - i),
                  std::min(kColumns, columns - j), add);
      }
    }
  }
}

#else

void MultiplyBf16(const GemmArgs&) { COHEAR_ASSERT(false, "bf16 products on a CPU without them"); }

#endif

}  // namespace cohear::gemm

namespace cohear {

bool HasBf16() {
#if defined(COHEAR_BF16)
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace cohear
