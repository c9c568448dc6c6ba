#include "linalg/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cohear {
namespace {

constexpr int kSweeps = 30;  // eight are usual

void Rotate(double* p, double* q, size_t n, double c, double s) {
  for (size_t k = 0; k < n; ++k) {
    const double x = p[k], y = q[k];
    p[k] = c * x - s * y;
    q[k] = s * x + c * y;
  }
}

}  // namespace

SymmetricEigen EigenOf(std::vector<double> a, size_t n) {
  std::vector<double> rows(n * n);  // row k: the k-th eigenvector, in the making
  double scale = 0;
  for (size_t i = 0; i < n; ++i) {
    rows[i * n + i] = 1;
    scale = std::max(scale, std::abs(a[i * n + i]));
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool done = true;
    for (size_t p = 0; p + 1 < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) {
        const double off = a[p * n + q];
        if (std::abs(off) <= 1e-11 * scale) continue;
        done = false;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
        const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        // Rows of a, then its columns, which are kept equal to them.
        Rotate(&a[p * n], &a[q * n], n, c, s);
        for (size_t k = 0; k < n; ++k) {
          const double x = a[k * n + p], y = a[k * n + q];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        Rotate(&rows[p * n], &rows[q * n], n, c, s);
      }
    }
    if (done) break;
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return a[i * n + i] > a[j * n + j]; });
  SymmetricEigen out{std::vector<double>(n), std::vector<double>(n * n)};
  for (size_t k = 0; k < n; ++k) {
    out.values[k] = a[order[k] * n + order[k]];
    for (size_t i = 0; i < n; ++i) out.vectors[i * n + k] = rows[order[k] * n + i];
  }
  return out;
}

}  // namespace cohear
