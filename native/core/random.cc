#include "core/random.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define COHEAR_PHILOX_AVX2
#include <immintrin.h>
#endif

namespace cohear {
namespace {

void OneByOne(uint64_t seed, const Counter& from, uint32_t blocks, uint32_t* out) {
  for (uint32_t i = 0; i < blocks; ++i) {
    const Counter block = Philox(seed, {from[0] + i, from[1], from[2], from[3]});
    std::copy_n(block.begin(), 4, out + 4 * size_t{i});
  }
}

#if defined(COHEAR_PHILOX_AVX2)
__attribute__((target("avx2"), always_inline)) inline __m256i All(uint32_t word) {
  return _mm256_set1_epi64x(static_cast<int64_t>(uint64_t{word}));
}

// Four blocks a turn, each word in the low half of a 64-bit lane. What stands in the high halves is never
// read: a product takes the low halves alone, and all else keeps the halves apart.
__attribute__((target("avx2"))) void FourAtATime(uint64_t seed, const Counter& from, uint32_t blocks,
                                                 uint32_t* out) {
  const __m256i m0 = All(0xD2511F53), m1 = All(0xCD9E8D57), lanes = _mm256_set_epi64x(3, 2, 1, 0),
                step0 = All(0x9E3779B9), step1 = All(0xBB67AE85);
  for (uint32_t i = 0; i < blocks; i += 4, out += 16) {
    __m256i c0 = _mm256_add_epi64(All(from[0] + i), lanes), c1 = All(from[1]), c2 = All(from[2]),
            c3 = All(from[3]);
    __m256i k0 = All(static_cast<uint32_t>(seed)), k1 = All(static_cast<uint32_t>(seed >> 32));
    for (int round = 0; round < 10; ++round) {
      const __m256i p0 = _mm256_mul_epu32(m0, c0), p1 = _mm256_mul_epu32(m1, c2);
      // What is not on the way from product to product first.
      c0 = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c1, k0));
      c2 = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c3, k1));
      c1 = p1;
      c3 = p0;
      k0 = _mm256_add_epi32(k0, step0);
      k1 = _mm256_add_epi32(k1, step1);
    }
    // Words 0 and 1 of a block into one lane, 2 and 3 into another; then blocks into order.
    const __m256i low = _mm256_blend_epi32(c0, _mm256_slli_epi64(c1, 32), 0xAA),
                  high = _mm256_blend_epi32(c2, _mm256_slli_epi64(c3, 32), 0xAA);
    const __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 8), _mm256_permute2x128_si256(even, odd, 0x31));
  }
}
#endif

}  // namespace

void PhiloxBlocks(uint64_t seed, const Counter& from, uint32_t blocks, uint32_t* out) {
#if defined(COHEAR_PHILOX_AVX2)
  static const bool has = __builtin_cpu_supports("avx2");
  if (has) return FourAtATime(seed, from, blocks, out);
#endif
  OneByOne(seed, from, blocks, out);
}

}  // namespace cohear
