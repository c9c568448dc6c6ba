// The few loops over one row that several kernels share.
#pragma once
#include <cstddef>

namespace cohear {

// a . b, added in 32 fixed lanes and then pairwise, so that every instruction set gives the same bits.
float Dot(const float* a, const float* b, size_t size);
void ScaleInto(float* out, const float* x, float scale, size_t size);  // out = scale x
void AddScaled(float* out, const float* x, float scale, size_t size);  // out += scale x
void AddInto(float* out, const float* x, size_t size);                 // out += x

}  // namespace cohear
