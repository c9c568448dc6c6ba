// Random interactions and plain dense algebra in double, for tests.
#pragma once
#include <cmath>
#include <set>

#include "../testing.h"
#include "linalg/interactions.h"

namespace cohear {

using Dense = std::vector<std::vector<double>>;

// Users 0, 1, ... of whom every eleventh has nothing; the last item is nobody's.
inline Interactions RandomInteractions(uint64_t seed, size_t users, size_t items, uint32_t most) {
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  for (uint32_t u = 0; u < users; ++u) {
    Draws draws(seed, u, 0, 0);
    std::set<Row> row;
    if (u % 11 != 10) {
      for (uint32_t k = draws.NextBelow(most) + 1; k > 0; --k) {
        row.insert(draws.NextBelow(draws.NextBelow(static_cast<uint32_t>(items) - 1) + 1));
      }
    }
    indices.insert(indices.end(), row.begin(), row.end());
    offsets.push_back(indices.size());
  }
  return {CsrView{offsets, indices}, items};
}

inline Dense Zeros(size_t n, size_t m) { return Dense(n, std::vector<double>(m)); }

inline Dense ToDense(const Interactions& x) {
  Dense out = Zeros(x.users(), x.items());
  for (size_t u = 0; u < x.users(); ++u) {
    for (const Row i : x.by_user()[u]) out[u][i] = 1;
  }
  return out;
}

inline Dense Transposed(const Dense& a) {
  Dense out = Zeros(a[0].size(), a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < a[0].size(); ++j) out[j][i] = a[i][j];
  }
  return out;
}

inline Dense operator*(const Dense& a, const Dense& b) {
  Dense out = Zeros(a.size(), b[0].size());
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t k = 0; k < b.size(); ++k) {
      for (size_t j = 0; j < b[0].size(); ++j) out[i][j] += a[i][k] * b[k][j];
    }
  }
  return out;
}

// Gauss-Jordan with pivots.
inline Dense Inverse(Dense a) {
  const size_t n = a.size();
  Dense out = Zeros(n, n);
  for (size_t i = 0; i < n; ++i) out[i][i] = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k; i < n; ++i) {
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    }
    std::swap(a[k], a[pivot]);
    std::swap(out[k], out[pivot]);
    const double scale = 1 / a[k][k];
    for (size_t j = 0; j < n; ++j) a[k][j] *= scale, out[k][j] *= scale;
    for (size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = a[i][k];
      for (size_t j = 0; j < n; ++j) a[i][j] -= factor * a[k][j], out[i][j] -= factor * out[k][j];
    }
  }
  return out;
}

}  // namespace cohear
