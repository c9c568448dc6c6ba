// The one door to vector instructions: a function marked COHEAR_SIMD is compiled for several instruction
// sets and the widest that this machine has is picked when the library loads. The loops inside are plain
// C++ that the compiler vectorises over independent lanes, so every choice gives the same bits
// (-ffp-contract=off keeps the compiler from fusing where only some machines can; our own matrix product is
// compiled without it).
#pragma once
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(COHEAR_SANITIZE)
#define COHEAR_X86_FORMS  // several forms of a function, the best picked at run time
#endif

#if defined(COHEAR_X86_FORMS)
#define COHEAR_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define COHEAR_SIMD
#endif

// Defines name(parameters) for a template name<kBytes>(parameters) whose vectors, of GCC's vector_size, are
// kBytes wide: compiled for each instruction set with vectors as wide as its registers. A wider type than
// those is taken apart through memory, which costs several times the work itself. The template, and what it
// calls with vectors, must be COHEAR_INLINE. The arguments are the parameters' names, in parentheses.
#if defined(COHEAR_X86_FORMS)
#define COHEAR_VECTORS(name, parameters, arguments)                                              \
  __attribute__((target("avx512f"))) static void name##Avx512 parameters { name<64> arguments; } \
  __attribute__((target("avx2,fma"))) static void name##Avx2 parameters { name<32> arguments; }  \
  static void name##Baseline parameters { name<16> arguments; }                                  \
  void name parameters {                                                                         \
    static const auto best = cohear::ByWidth(name##Avx512, name##Avx2, name##Baseline);          \
    best arguments;                                                                              \
  }
#else
#define COHEAR_VECTORS(name, parameters, arguments) \
  void name parameters { name<16> arguments; }
#endif

// Inlined into each clone of a COHEAR_SIMD function, and each form of COHEAR_VECTORS, so that it is compiled
// for that instruction set. (A lambda would not be.)
#define COHEAR_INLINE inline __attribute__((always_inline))

namespace cohear {

// Vectors of 32-bit numbers that fill kBytes, and what is read to make as many.
template <size_t kBytes>
struct Vectors {
  static constexpr size_t kLanes = kBytes / sizeof(float);
  typedef float Floats __attribute__((vector_size(kBytes)));
  typedef int32_t Ints __attribute__((vector_size(kBytes)));
  typedef uint32_t Words __attribute__((vector_size(kBytes)));
  typedef uint16_t Halves __attribute__((vector_size(kBytes / 2)));
  typedef int8_t Bytes __attribute__((vector_size(kBytes / 4)));
};

// Bytes of the vectors that COHEAR_VECTORS picks: 64, 32 or 16, the most that this machine has and the
// environment's COHEAR_VECTOR_BYTES allows.
size_t VectorBytes();

template <class F>
F* ByWidth(F* avx512, F* avx2, F* baseline) {
  const size_t bytes = VectorBytes();
  return bytes == 64 ? avx512 : bytes == 32 ? avx2 : baseline;
}

// What COHEAR_SIMD picks here: "avx512", "avx2", "baseline" or "neon".
const char* SimdName();

}  // namespace cohear
