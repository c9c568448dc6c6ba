#include "tensor/rows.h"

#include <algorithm>
#include <limits>

#include "core/simd.h"
#include "tensor/math.h"

namespace cohear {

COHEAR_SIMD float Dot(const float* __restrict a, const float* __restrict b, size_t size) {
  constexpr size_t kLanes = 32;
  float lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += a[i] * b[i];
  for (size_t half = kLanes / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

COHEAR_SIMD void ScaleInto(float* __restrict out, const float* __restrict x, float scale, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = scale * x[i];
}

COHEAR_SIMD void AddScaled(float* __restrict out, const float* __restrict x, float scale, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] += scale * x[i];
}

COHEAR_SIMD void AddInto(float* __restrict out, const float* __restrict x, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] += x[i];
}

COHEAR_SIMD void Scale(float* x, float scale, size_t size) {
  for (size_t i = 0; i < size; ++i) x[i] *= scale;
}

// The NaNs are looked for beside the greatest: to keep them in it would cost as much again.
COHEAR_SIMD float Max(const float* x, size_t size) {
  float lanes[32];
  uint32_t nans[32] = {};
  std::fill_n(lanes, 32, -std::numeric_limits<float>::infinity());
  size_t i = 0;
  for (; i + 32 <= size; i += 32)
    for (size_t lane = 0; lane < 32; ++lane) {
      const float value = x[i + lane];
      lanes[lane] = value > lanes[lane] ? value : lanes[lane];
      nans[lane] |= value != value;
    }
  for (size_t lane = 0; i < size; ++i, ++lane) {
    lanes[lane] = x[i] > lanes[lane] ? x[i] : lanes[lane];
    nans[lane] |= x[i] != x[i];
  }
  float most = lanes[0];
  uint32_t nan = 0;
  for (size_t lane = 0; lane < 32; ++lane) {
    most = lanes[lane] > most ? lanes[lane] : most;
    nan |= nans[lane];
  }
  return nan ? std::numeric_limits<float>::quiet_NaN() : most;
}

COHEAR_SIMD float ExpSum(float* __restrict row, float shift, size_t size) {
  float lanes[32] = {};
  static_assert(kExpPiece % 32 == 0);
  for (size_t begin = 0; begin < size; begin += kExpPiece) {
    float* x = row + begin;
    const size_t count = std::min(kExpPiece, size - begin);
    ExpPieceInPlace(x, shift, count);
    size_t i = 0;
    for (; i + 32 <= count; i += 32)
      for (size_t lane = 0; lane < 32; ++lane) lanes[lane] += x[i + lane];
    for (size_t lane = 0; i < count; ++i, ++lane) lanes[lane] += x[i];
  }
  for (size_t half = 16; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

}  // namespace cohear
