// Rows scaled to unit length, and the gradient of that.
#pragma once
#include <cstddef>
#include <span>

namespace cohear {

// out[r] = x[r] / max(|x[r]|, epsilon); norms[r] = max(|x[r]|, epsilon), kept for the gradient. All
// row-major; out may be x.
void NormalizeRows(std::span<const float> x, size_t width, float epsilon, std::span<float> out,
                   std::span<float> norms);

// dx[r] = (dy[r] - y[r] (y[r] . dy[r])) / norm[r]; 0 where the norm was raised to epsilon.
void NormalizeRowsBackward(std::span<const float> y, std::span<const float> dy, std::span<const float> norms,
                           size_t width, float epsilon, std::span<float> dx);

}  // namespace cohear
