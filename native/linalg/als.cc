#include "linalg/als.h"

#include <algorithm>
#include <cmath>

#include "core/gemm.h"
#include "core/pool.h"
#include "core/random.h"
#include "tensor/rows.h"

namespace cohear {
namespace {

// (Y'Y + regularization) as rows [f, f].
std::vector<float> Gram(const std::vector<float>& y, size_t f, float regularization) {
  std::vector<float> gram(f * f);
  Gemm({.m = f,
        .n = f,
        .k = y.size() / f,
        .transpose_a = true,
        .a = y.data(),
        .lda = f,
        .b = y.data(),
        .ldb = f,
        .c = gram.data(),
        .ldc = f});
  for (size_t i = 0; i < f; ++i) gram[i * f + i] += regularization;
  return gram;
}

// Solves one row: (Y'Y + reg + (c - 1) sum of y y') x = c sum of y over the row's items.
class RowSolver {
 public:
  RowSolver(const std::vector<float>& gram, const std::vector<float>& y, const AlsOptions& options)
      : gram_(gram), y_(y), f_(options.factors), options_(options), r_(f_), p_(f_), ap_(f_) {}

  void Solve(std::span<const Row> row, float* x) {
    // The row's factors side by side: they are read in every step.
    own_.resize(row.size() * f_);
    for (size_t i = 0; i < row.size(); ++i) std::copy_n(&y_[size_t{row[i]} * f_], f_, &own_[i * f_]);
    const float c = options_.confidence;
    Apply(x, row.size(), ap_.data());
    for (size_t k = 0; k < f_; ++k) r_[k] = -ap_[k];
    for (size_t i = 0; i < row.size(); ++i) AddScaled(r_.data(), &own_[i * f_], c, f_);
    p_ = r_;
    float before = Dot(r_.data(), r_.data(), f_);
    for (size_t step = 0; step < options_.steps && before > 1e-20f; ++step) {
      Apply(p_.data(), row.size(), ap_.data());
      const float length = before / Dot(p_.data(), ap_.data(), f_);
      AddScaled(x, p_.data(), length, f_);
      AddScaled(r_.data(), ap_.data(), -length, f_);
      const float now = Dot(r_.data(), r_.data(), f_);
      for (size_t k = 0; k < f_; ++k) p_[k] = r_[k] + now / before * p_[k];
      before = now;
    }
  }

 private:
  void Apply(const float* x, size_t count, float* out) {
    std::fill(out, out + f_, 0.0f);
    for (size_t k = 0; k < f_; ++k) AddScaled(out, &gram_[k * f_], x[k], f_);
    if (options_.confidence == 1) return;
    for (size_t i = 0; i < count; ++i) {
      const float* y = &own_[i * f_];
      AddScaled(out, y, (options_.confidence - 1) * Dot(y, x, f_), f_);
    }
  }

  const std::vector<float>&gram_, &y_;
  const size_t f_;
  const AlsOptions& options_;
  std::vector<float> r_, p_, ap_, own_;
};

void SolveAll(const CsrView& rows, const std::vector<float>& y, const AlsOptions& options,
              std::vector<float>& x) {
  const size_t f = options.factors;
  const std::vector<float> gram = Gram(y, f, options.regularization);
  ParallelFor(rows.rows(), 64, [&](size_t begin, size_t end) {
    RowSolver solver(gram, y, options);
    for (size_t row = begin; row < end; ++row) {
      if (rows[row].empty()) {
        std::fill_n(&x[row * f], f, 0.0f);
      } else {
        solver.Solve(rows[row], &x[row * f]);
      }
    }
  });
}

std::vector<float> Start(size_t rows, uint32_t which, const AlsOptions& options) {
  std::vector<float> x(rows * options.factors);
  for (size_t row = 0; row < rows; ++row) {
    Draws draws(options.seed, static_cast<uint32_t>(row), which, 0x616c73);
    for (size_t k = 0; k < options.factors; ++k) {
      x[row * options.factors + k] = static_cast<float>(draws.Next() >> 8) * (0.01f / 16777216);
    }
  }
  return x;
}

}  // namespace

Factors Als(const Interactions& x, const AlsOptions& options, const Watch& watch) {
  COHEAR_REQUIRE(options.factors >= 1 && options.factors <= 4096, Code::kRange,
                 "factors: want 1 to 4096, got " << options.factors);
  COHEAR_REQUIRE(options.regularization >= 0 && options.confidence > 0, Code::kRange,
                 "want regularization >= 0 and confidence > 0, got " << options.regularization << " and "
                                                                     << options.confidence);
  Factors factors{Start(x.users(), 0, options), Start(x.items(), 1, options)};
  for (size_t iteration = 0; iteration < options.iterations; ++iteration) {
    watch.Step(1);
    SolveAll(x.by_user(), factors.items, options, factors.users);
    SolveAll(x.by_item(), factors.users, options, factors.items);
  }
  return factors;
}

}  // namespace cohear
