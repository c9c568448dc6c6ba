#include "linalg/vector.h"

#include <cstring>

#include "core/simd.h"

namespace cohear {
namespace {

constexpr size_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

}  // namespace

COHEAR_SIMD float Dot(const float* a, const float* b, size_t n) {
  Lanes sums = {};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    sums += x * y;
  }
  float total = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) total += sums[lane];
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

COHEAR_SIMD void Axpy(float weight, const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] += weight * x[i];
}

}  // namespace cohear
