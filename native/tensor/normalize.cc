#include "tensor/normalize.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "tensor/rows.h"

namespace cohear {
namespace {

constexpr size_t kRowsOfGrain = 256;

size_t RowsOf(size_t numbers, size_t width, size_t norms) {
  COHEAR_REQUIRE(
      width > 0 && numbers % width == 0 && norms == numbers / width, Code::kShape,
      "l2Normalize: " << numbers << " numbers and " << norms << " norms do not make rows of " << width);
  return norms;
}

}  // namespace

void NormalizeRows(std::span<const float> x, size_t width, float epsilon, std::span<float> out,
                   std::span<float> norms) {
  const size_t rows = RowsOf(x.size(), width, norms.size());
  COHEAR_REQUIRE(out.size() == x.size(), Code::kShape, "l2Normalize: out has another size than x");
  ParallelFor(rows, kRowsOfGrain, [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      const float* row = x.data() + r * width;
      const float length = std::sqrt(Dot(row, row, width));
      norms[r] = length < epsilon ? epsilon : length;  // a NaN length stays NaN
      if (row == out.data() + r * width) {
        Scale(out.data() + r * width, 1.0f / norms[r], width);
      } else {
        ScaleInto(out.data() + r * width, row, 1.0f / norms[r], width);
      }
    }
  });
}

void NormalizeRowsBackward(std::span<const float> y, std::span<const float> dy, std::span<const float> norms,
                           size_t width, float epsilon, std::span<float> dx) {
  const size_t rows = RowsOf(y.size(), width, norms.size());
  COHEAR_REQUIRE(dy.size() == y.size() && dx.size() == y.size(), Code::kShape,
                 "l2Normalize gradient: y, dy and dx must have one size");
  ParallelFor(rows, kRowsOfGrain, [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      const float *out = y.data() + r * width, *grad = dy.data() + r * width;
      float* slope = dx.data() + r * width;
      // A row of zeros has no direction to improve: its true slope, 1 / epsilon, would drown every other
      // row's.
      const float scale = norms[r] == epsilon ? 0.0f : 1.0f / norms[r];
      ScaleInto(slope, grad, scale, width);
      if (scale != 0.0f) AddScaled(slope, out, -scale * Dot(out, grad, width), width);
    }
  });
}

}  // namespace cohear
