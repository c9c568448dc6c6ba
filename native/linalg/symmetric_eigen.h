// Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations until what is off the
// diagonal is below 1e-11 of the largest entry: slow for more than some hundred rows, and quick where the
// matrix is near to diagonal.
#pragma once
#include <cstddef>
#include <vector>

namespace cohear {

struct SymmetricEigen {
  std::vector<double> values;   // [n], largest first
  std::vector<double> vectors;  // [n, n], column k belongs to values[k]
};

SymmetricEigen EigenOf(std::vector<double> a, size_t n);

}  // namespace cohear
