// Products whose one side is a single row or column: a vector times a matrix. They are bound by reading the
// matrix, once and in order.
#pragma once
#include <optional>

#include "core/gemm.h"

namespace cohear::gemm {

// c[n] = v[k] M, or c += v M; M is k x n by rows, or n x k by rows (`transposed`).
struct ThinProduct {
  size_t n, k;
  const float* vector;
  size_t step;  // floats from one number of the vector to the next
  const float* matrix;
  size_t ld;
  bool transposed;
  float* c;
  bool accumulate;
};

// The product as a thin one if it has one row, or one column whose numbers lie side by side.
std::optional<ThinProduct> AsThin(const GemmArgs& args);

// Columns [begin, end) of c. Their bits do not depend on how c is cut.
void MultiplyThin(const ThinProduct& product, size_t begin, size_t end);

}  // namespace cohear::gemm
