#include "tensor/rows.h"

#include "core/simd.h"

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

}  // namespace cohear
