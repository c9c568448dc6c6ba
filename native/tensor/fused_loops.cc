#include "tensor/fused_loops.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/simd.h"
#include "tensor/math.h"

namespace cohear {

static inline float Signed(float x, uint32_t sign) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(x) ^ sign);
}

COHEAR_SIMD void ShiftedExp(const float* __restrict x, float shift, float* __restrict out, size_t size) {
  for (size_t begin = 0; begin < size; begin += kExpPiece)
    ExpPiece(x + begin, shift, out + begin, std::min(kExpPiece, size - begin));
}

COHEAR_SIMD double SumOfProducts(const float* __restrict x, float shift, const float* __restrict y,
                                 bool negative, size_t size) {
  constexpr size_t kLanes = 16;
  const uint32_t sign = negative ? 0x80000000u : 0;
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] += Signed((x[i + lane] - shift) * y[i + lane], sign);
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += Signed((x[i] - shift) * y[i], sign);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace cohear
