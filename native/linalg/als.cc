#include "linalg/als.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/dot_four.h"
#include "core/gemm.h"
#include "core/pool.h"
#include "core/prefetch.h"
#include "core/random.h"
#include "core/simd.h"
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

constexpr size_t kRowsOfGrain = 64;
constexpr size_t kAhead = 6;                       // rows of factors that are under way while one is copied
constexpr size_t kMostGathered = size_t{1} << 18;  // floats of factors that are copied side by side, at most

// out += the sum over i < count of (plain + product (y_i . x)) y_i. Four y at a time share the reads of x and
// out. Dot products are added in 16 fixed lanes, whatever the vectors' width.
template <size_t kBytes>
COHEAR_INLINE void AddOuter(const float* y, size_t count, size_t f, const float* x, float plain,
                            float product, float* out) {
  using Floats = typename Vectors<kBytes>::Floats;
  constexpr size_t kWidth = Vectors<kBytes>::kLanes, kAtOnce = 4;
  for (size_t i = 0; i < count; i += kAtOnce, y += kAtOnce * f) {
    const size_t rows = count - i < kAtOnce ? count - i : kAtOnce;
    // Past the end the last row stands in, with weight 0.
    const float* of[kAtOnce];
    for (size_t r = 0; r < kAtOnce; ++r) of[r] = y + (r < rows ? r : rows - 1) * f;
    float weights[kAtOnce];
    DotFour<kBytes>(x, f, of, weights);
    for (size_t r = 0; r < kAtOnce; ++r) weights[r] = r < rows ? plain + product * weights[r] : 0.0f;
    size_t k = 0;
    for (; k + kWidth <= f; k += kWidth) {
      Floats sum;
      std::memcpy(&sum, out + k, kBytes);
#pragma GCC unroll 4
      for (size_t r = 0; r < kAtOnce; ++r) {
        Floats row;
        std::memcpy(&row, of[r] + k, kBytes);
        sum += weights[r] * row;
      }
      std::memcpy(out + k, &sum, kBytes);
    }
    for (; k < f; ++k)
      for (size_t r = 0; r < kAtOnce; ++r) out[k] += weights[r] * of[r][k];
  }
}

COHEAR_VECTORS(AddOuter,
               (const float* y, size_t count, size_t f, const float* x, float plain, float product,
                float* out),
               (y, count, f, x, plain, product, out))

// Solves rows of x: (Y'Y + reg + (c - 1) sum of y y') x = c sum of y over the row's items. Rows that lie side
// by side go through the steps together, so that their products with Y'Y are one.
class RowsSolver {
 public:
  RowsSolver(const std::vector<float>& gram, const std::vector<float>& y, const AlsOptions& options)
      : gram_(gram), y_(y), f_(options.factors), options_(options) {}

  // Rows [begin, end), each with an item at least; x: factors of `begin`.
  void Solve(const CsrView& rows, size_t begin, size_t end, float* x) {
    rows_ = rows;
    begin_ = begin;
    size_ = end - begin;
    r_.resize(size_ * f_);
    ap_.resize(size_ * f_);
    before_.resize(size_);
    Gather();
    const float c = options_.confidence;
    TimesGram(x, r_.data());
    for (float& value : r_) value = -value;
    AddItems(x, c, 1 - c, r_.data());
    p_ = r_;
    for (size_t i = 0; i < size_; ++i) before_[i] = Dot(&r_[i * f_], &r_[i * f_], f_);
    for (size_t step = 0; step < options_.steps; ++step) {
      TimesGram(p_.data(), ap_.data());
      if (c != 1) AddItems(p_.data(), 0, c - 1, ap_.data());
      for (size_t i = 0; i < size_; ++i) Step(i, x + i * f_);
    }
  }

 private:
  // The factors of the rows' items side by side: they are read in every step.
  void Gather() {
    const std::span<const Row> items =
        rows_.indices.subspan(rows_.offsets[begin_], rows_.offsets[begin_ + size_] - rows_.offsets[begin_]);
    gathered_.resize(items.size() * f_);
    for (size_t i = 0; i < items.size(); ++i) {
      if (i + kAhead < items.size())
        for (size_t k = 0; k < f_; k += 16) Prefetch(&y_[size_t{items[i + kAhead]} * f_ + k]);
      std::copy_n(&y_[size_t{items[i]} * f_], f_, &gathered_[i * f_]);
    }
  }

  void TimesGram(const float* x, float* out) {
    GemmOnThisThread(
        {.m = size_, .n = f_, .k = f_, .a = x, .lda = f_, .b = gram_.data(), .ldb = f_, .c = out, .ldc = f_});
  }

  void AddItems(const float* x, float plain, float product, float* out) {
    const float* y = gathered_.data();
    for (size_t i = 0; i < size_; ++i) {
      const size_t count = rows_[begin_ + i].size();
      AddOuter(y, count, f_, x + i * f_, plain, product, out + i * f_);
      y += count * f_;
    }
  }

  // One of conjugate gradient, for one row.
  void Step(size_t i, float* x) {
    float *r = &r_[i * f_], *p = &p_[i * f_];
    const float *ap = &ap_[i * f_], before = before_[i];
    if (before <= 1e-20f) return;  // solved
    const float length = before / Dot(p, ap, f_);
    AddScaled(x, p, length, f_);
    AddScaled(r, ap, -length, f_);
    const float now = Dot(r, r, f_);
    for (size_t k = 0; k < f_; ++k) p[k] = r[k] + now / before * p[k];
    before_[i] = now;
  }

  const std::vector<float>&gram_, &y_;
  const size_t f_;
  const AlsOptions& options_;
  CsrView rows_;
  size_t begin_ = 0, size_ = 0;
  std::vector<float> r_, p_, ap_, before_, gathered_;  // of each row: residual, direction, A p, r . r
};

void SolveAll(const CsrView& rows, const std::vector<float>& y, const AlsOptions& options,
              std::vector<float>& x) {
  const size_t f = options.factors;
  const std::vector<float> gram = Gram(y, f, options.regularization);
  ParallelFor(rows.rows(), kRowsOfGrain, [&](size_t begin, size_t end) {
    RowsSolver solver(gram, y, options);
    for (size_t row = begin; row < end;) {
      if (rows[row].empty()) {
        std::fill_n(&x[row * f], f, 0.0f);
        ++row;
        continue;
      }
      size_t last = row, gathered = 0;
      do gathered += rows[last++].size() * f;
      while (last < end && !rows[last].empty() && gathered + rows[last].size() * f <= kMostGathered);
      solver.Solve(rows, row, last, &x[row * f]);
      row = last;
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
