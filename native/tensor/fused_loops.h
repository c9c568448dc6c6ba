// Neighbouring steps of a fused program in one loop, where the loss of nearly every classifier has them. The
// bits are those of the steps one after the other.
#pragma once
#include <cstddef>

namespace cohear {

// out = e^(x - shift)
void ShiftedExp(const float* x, float shift, float* out, size_t size);

// The sum, in the order of SumInDouble, of (x - shift) * y, or of -((x - shift) * y).
double SumOfProducts(const float* x, float shift, const float* y, bool negative, size_t size);

}  // namespace cohear
