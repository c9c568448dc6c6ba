// exp that vectorises: a plain inline function for loops marked COHEAR_SIMD. Same bits on every machine.
#pragma once
#include <bit>
#include <cstdint>

namespace cohear {

// e^x within 2 ulp; 0 below -87.3, infinity above 88.7, NaN stays. Cephes' expf: x = n ln 2 + r with
// |r| <= ln 2 / 2, a polynomial for e^r, and n added to the exponent bits.
inline float Exp(float x) {
  constexpr float kLeast = -87.33654f, kMost = 88.72283f;
  const float bounded = x < kLeast ? kLeast : x > kMost ? kMost : x == x ? x : 0.0f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves a whole number
  const float n = (bounded * 1.44269504088896341f + kRound) - kRound;
  const float r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // In two steps, since n reaches 128, one more than the largest exponent.
  const int32_t whole = static_cast<int32_t>(n), half = whole >> 1;
  const float low = std::bit_cast<float>((half + 127) << 23);
  const float high = std::bit_cast<float>((whole - half + 127) << 23);
  const float result = p * low * high;
  return x < kLeast ? 0.0f : x > kMost ? __builtin_inff() : x == x ? result : x;
}

}  // namespace cohear
