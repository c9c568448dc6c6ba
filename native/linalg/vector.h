// Sums over short vectors in a fixed order: sixteen lanes, then the lanes in order, whatever the machine has.
#pragma once
#include <cstddef>

namespace cohear {

float Dot(const float* a, const float* b, size_t n);
void Axpy(float weight, const float* x, float* y, size_t n);  // y += weight x

}  // namespace cohear
