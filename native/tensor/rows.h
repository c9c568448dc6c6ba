// The few loops over one row that several kernels share.
#pragma once
#include <cstddef>

namespace cohear {

// a . b, added in 32 fixed lanes and then pairwise, so that every instruction set gives the same bits.
float Dot(const float* a, const float* b, size_t size);
void ScaleInto(float* out, const float* x, float scale, size_t size);  // out = scale x
void AddScaled(float* out, const float* x, float scale, size_t size);  // out += scale x
void AddInto(float* out, const float* x, size_t size);                 // out += x
void Scale(float* x, float scale, size_t size);                        // x *= scale
// The greatest of x, NaN if there is one, -infinity when empty.
float Max(const float* x, size_t size);
// x = exp(x - shift); returns the sum, added as in Dot.
float ExpSum(float* x, float shift, size_t size);

}  // namespace cohear
