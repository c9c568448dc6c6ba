// The one door to vector instructions: a function marked COHEAR_SIMD is compiled for several instruction
// sets and the widest that this machine has is picked when the library loads. The loops inside are plain
// C++ that the compiler vectorises over independent lanes, so every choice gives the same bits
// (-ffp-contract=off keeps the compiler from fusing where only some machines can).
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(COHEAR_SANITIZE)
#define COHEAR_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define COHEAR_SIMD
#endif

namespace cohear {

// What COHEAR_SIMD picks here: "avx512", "avx2", "baseline" or "neon".
const char* SimdName();

}  // namespace cohear
