// exp that vectorises: plain inline functions for loops marked COHEAR_SIMD. Same bits on every machine.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace cohear {

// The bounds between which e^x is a normal float.
inline constexpr float kLeastExponent = -87.33654f, kMostExponent = 88.72283f;

// Exp(x) for an x between the bounds: half of the work. As Cephes' expf: x = n ln 2 + r with |r| <= ln 2 / 2,
// a polynomial for e^r (minimax, within 3.1e-9 of it), and n added to the exponent bits, which then neither
// wrap nor reach the top.
inline float ExpWithin(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves a whole number, in the lowest bits
  const float rounded = x * 1.44269504088896341f + kRound, n = rounded - kRound;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.3814540579915047e-3f;
  p = p * r + 8.36874544620514e-3f;
  p = p * r + 4.166838899254799e-2f;
  p = p * r + 1.666652113199234e-1f;
  p = p * r + 4.999999403953552e-1f;
  p = p * (r * r) + r + 1.0f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(p) + (std::bit_cast<uint32_t>(rounded) << 23));
}

// e^x within 1 ulp; 0 below -87.3, infinity above 88.7, NaN stays.
inline float Exp(float x) {
  const float bounded = x < kLeastExponent ? kLeastExponent : x > kMostExponent ? kMostExponent : x;
  const float result = ExpWithin(bounded);
  return x < kLeastExponent ? 0.0f : x <= kMostExponent ? result : x + __builtin_inff();  // NaN stays NaN
}

// Whether |x - shift| of each is small enough for ExpWithin; false where one is NaN.
inline bool AllWithin(const float* x, float shift, size_t size) {
  int32_t most = 0;
  for (size_t i = 0; i < size; ++i) {
    const int32_t magnitude =
        std::bit_cast<int32_t>(x[i] - shift) & 0x7fffffff;  // in the order of |x|, NaN last
    most = magnitude > most ? magnitude : most;
  }
  return most <= std::bit_cast<int32_t>(-kLeastExponent);
}

// A number beyond the bounds takes the others of its piece the long way; a piece stays in the nearest cache.
inline constexpr size_t kExpPiece = 256;

// out = e^(x - shift) and x = e^(x - shift), at most kExpPiece of them: Exp of each, in less time. Inlined
// into COHEAR_SIMD.
inline void ExpPiece(const float* __restrict x, float shift, float* __restrict out, size_t size) {
  if (AllWithin(x, shift, size)) {
    for (size_t i = 0; i < size; ++i) out[i] = ExpWithin(x[i] - shift);
  } else {
    for (size_t i = 0; i < size; ++i) out[i] = Exp(x[i] - shift);
  }
}
inline void ExpPieceInPlace(float* x, float shift, size_t size) {
  if (AllWithin(x, shift, size)) {
    for (size_t i = 0; i < size; ++i) x[i] = ExpWithin(x[i] - shift);
  } else {
    for (size_t i = 0; i < size; ++i) x[i] = Exp(x[i] - shift);
  }
}

}  // namespace cohear
