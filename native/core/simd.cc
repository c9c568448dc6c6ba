#include "core/simd.h"

namespace cohear {

const char* SimdName() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(COHEAR_SANITIZE)
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  return "baseline";
#elif defined(__aarch64__)
  return "neon";
#else
  return "baseline";
#endif
}

}  // namespace cohear
