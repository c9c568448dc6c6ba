#include "core/simd.h"

#include <cstdlib>

namespace cohear {
namespace {

size_t WidestVector() {
#if defined(COHEAR_X86_FORMS)
  if (__builtin_cpu_supports("avx512f")) return 64;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 32;
#endif
  return 16;
}

}  // namespace

size_t VectorBytes() {
  static const size_t bytes = [] {
    const char* const text = std::getenv("COHEAR_VECTOR_BYTES");
    const int most = text ? std::atoi(text) : 64;
    const size_t widest = WidestVector();
    return most < 32 ? 16 : most < 64 && widest > 32 ? 32 : widest;
  }();
  return bytes;
}

const char* SimdName() {
#if defined(COHEAR_X86_FORMS)
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
