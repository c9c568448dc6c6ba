// Adagrad (Duchi, Hazan & Singer, 2011) over all parameters in one call, and its row-wise form for embedding
// tables, of which a batch uses few rows.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

struct AdagradParameter {
  std::span<const float> value, gradient;
  std::span<float> squares;  // summed, updated in place
  std::span<float> out;      // the new value; may be `value` itself
};

struct AdagradOptions {
  double learning_rate = 1e-2, epsilon = 1e-8;
  double clip_norm = 0;  // gradients are scaled so that their global norm is at most this; 0: never
};

// g = clip * gradient; s = s + g^2; p = p - lr g / (sqrt(s) + eps)
// Returns the global norm of the gradients before clipping, or 0 where clip_norm is 0 (it is not computed).
double AdagradStep(const std::vector<AdagradParameter>& parameters, const AdagradOptions& options);

// For each i: with row r = rows[i] of the table (of `width`) and g row i of the gradient,
//   squares[r] += mean of g^2;  table[r] -= lr g / (sqrt(squares[r]) + eps)
// One number of state a row: EXACT_ROWWISE_ADAGRAD of FBGEMM. Rows must differ. Throws ERR_SHAPE, ERR_RANGE,
// ERR_VALUE (a row named twice), before anything is changed.
void RowwiseAdagrad(std::span<float> table, std::span<float> squares, size_t width,
                    std::span<const uint32_t> rows, std::span<const float> gradient,
                    const AdagradOptions& options);

}  // namespace cohear
