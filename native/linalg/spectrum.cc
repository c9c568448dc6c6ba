#include "linalg/spectrum.h"

#include <algorithm>
#include <cmath>

#include "core/gemm.h"
#include "core/pool.h"
#include "core/random.h"
#include "core/scratch.h"
#include "linalg/symmetric_eigen.h"
#include "tensor/rows.h"

namespace cohear {
namespace {

// 1 / sqrt(length) of each row, 0 for an empty one.
std::vector<float> RootScale(const CsrView& rows) {
  std::vector<float> scale(rows.rows());
  for (size_t r = 0; r < rows.rows(); ++r) {
    if (!rows[r].empty()) scale[r] = 1 / std::sqrt(static_cast<float>(rows[r].size()));
  }
  return scale;
}

struct Side {
  CsrView rows;
  const std::vector<float>& row_scale;
  const std::vector<float>& column_scale;
};

// out[r] = row_scale[r] sum over c of column_scale[c] x[c]; x and out are [., d].
void Multiply(const Side& side, const std::vector<float>& x, size_t d, std::vector<float>& out) {
  out.resize(side.rows.rows() * d);
  ParallelFor(side.rows.rows(), 64, [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      float* to = &out[r * d];
      std::fill_n(to, d, 0.0f);
      for (const Row c : side.rows[r])
        AddScaled(to, &x[size_t{c} * d], side.row_scale[r] * side.column_scale[c], d);
    }
  });
}

// a' a for a [n, d], as doubles.
std::vector<double> GramOf(const std::vector<float>& a, size_t d) {
  std::vector<float> gram(d * d);
  Gemm({.m = d,
        .n = d,
        .k = a.size() / d,
        .transpose_a = true,
        .a = a.data(),
        .lda = d,
        .b = a.data(),
        .ldb = d,
        .c = gram.data(),
        .ldc = d});
  return {gram.begin(), gram.end()};
}

// a times m [d, e].
std::vector<float> Times(const std::vector<float>& a, size_t d, const std::vector<float>& m, size_t e) {
  std::vector<float> out(a.size() / d * e);
  Gemm({.m = a.size() / d,
        .n = e,
        .k = d,
        .a = a.data(),
        .lda = d,
        .b = m.data(),
        .ldb = e,
        .c = out.data(),
        .ldc = e});
  return out;
}

// A subspace of the items, [items, d], on its way to the largest singular directions of R.
class Subspace {
 public:
  Subspace(const Interactions& x, size_t d, uint64_t seed)
      : d_(d),
        user_scale_(RootScale(x.by_user())),
        item_scale_(RootScale(x.by_item())),
        r_{x.by_user(), user_scale_, item_scale_},
        transposed_{x.by_item(), item_scale_, user_scale_},
        q_(x.items() * d) {
    for (size_t item = 0; item < x.items(); ++item) {
      Draws draws(seed, static_cast<uint32_t>(item), 0, 0x737664);
      for (size_t k = 0; k < d; ++k) q_[item * d + k] = static_cast<float>(draws.Next() >> 8) / 8388608 - 1;
    }
  }

  void Power() {
    q_ = ApplyGram(q_);
    Settle();
  }

  // Replaces every column q by T(R'R) q, T the Chebyshev polynomial of degree 4 on [0, bound]: at most 1
  // there, and growing as fast as any polynomial can above it.
  void Filter() {
    const auto half = static_cast<float>(values_.back() / 2);
    std::vector<float> before = std::move(q_), now = Shifted(before, half, 1);
    for (int degree = 2; degree <= 4; ++degree) {
      std::vector<float> next = Shifted(now, half, 2);
      Combine(next, -1, before);
      before = std::move(now);
      now = std::move(next);
    }
    q_ = std::move(now);
    Settle();
  }

  // Whether the spectrum ends within the subspace: there is nothing left to damp.
  bool Whole() const { return values_.back() <= 1e-6 * values_[0]; }

  const std::vector<double>& values() const { return values_; }
  const std::vector<float>& columns() const { return q_; }

 private:
  std::vector<float> ApplyGram(const std::vector<float>& q) {
    std::vector<float> out;
    Multiply(r_, q, d_, y_);
    Multiply(transposed_, y_, d_, out);
    return out;
  }

  static void Combine(std::vector<float>& to, float weight, const std::vector<float>& from) {
    ParallelFor(to.size(), 1 << 16,
                [&](size_t begin, size_t end) { AddScaled(&to[begin], &from[begin], weight, end - begin); });
  }

  // scale (R'R - half) / half q
  std::vector<float> Shifted(const std::vector<float>& q, float half, float scale) {
    std::vector<float> out = ApplyGram(q);
    Combine(out, -half, q);
    Combine(out, scale / half - 1, std::vector<float>(out));
    return out;
  }

  // Makes the columns orthonormal, then turns them into the best approximations of singular vectors within
  // their span, largest first (Rayleigh and Ritz); values_ are the squares of the singular values.
  void Settle() {
    // Columns of unit length first: the filter makes them differ by more than f32 can tell apart.
    std::vector<double> gram = GramOf(q_, d_), scale(d_);
    for (size_t k = 0; k < d_; ++k) scale[k] = gram[k * d_ + k] > 0 ? 1 / std::sqrt(gram[k * d_ + k]) : 0;
    for (size_t i = 0; i < d_; ++i) {
      for (size_t j = 0; j < d_; ++j) gram[i * d_ + j] *= scale[i] * scale[j];
    }
    const SymmetricEigen span = EigenOf(std::move(gram), d_);
    std::vector<float> turn(d_ * d_);
    for (size_t k = 0; k < d_; ++k) {
      if (span.values[k] <= 1e-6 * span.values[0]) continue;  // noise: the column becomes zero
      for (size_t i = 0; i < d_; ++i) {
        turn[i * d_ + k] =
            static_cast<float>(scale[i] * span.vectors[i * d_ + k] / std::sqrt(span.values[k]));
      }
    }
    q_ = Times(q_, d_, turn, d_);
    Multiply(r_, q_, d_, y_);
    SymmetricEigen eigen = EigenOf(GramOf(y_, d_), d_);
    q_ = Times(q_, d_, {eigen.vectors.begin(), eigen.vectors.end()}, d_);
    values_ = std::move(eigen.values);
  }

  const size_t d_;
  const std::vector<float> user_scale_, item_scale_;
  const Side r_, transposed_;
  std::vector<float> q_, y_;
  std::vector<double> values_;
};

}  // namespace

Spectrum TopSpectrum(const Interactions& x, const SpectrumOptions& options, const Watch& watch) {
  COHEAR_REQUIRE(options.rank >= 1 && options.rank + options.oversample <= 4096, Code::kRange,
                 "rank: want 1 to " << 4096 - options.oversample << ", got " << options.rank);
  const size_t d = std::min({options.rank + options.oversample, x.users(), x.items()});
  Spectrum out;
  if (d == 0 || x.by_user().indices.empty()) return out;
  Subspace subspace(x, d, options.seed);
  watch.Step(1);
  subspace.Power();
  subspace.Power();
  for (size_t sweep = 0; sweep < options.sweeps && !subspace.Whole(); ++sweep) {
    watch.Step(1);
    subspace.Filter();
  }
  const auto& values = subspace.values();
  while (out.rank < std::min(options.rank, d) && values[out.rank] > 1e-6 * values[0]) ++out.rank;
  for (size_t k = 0; k < out.rank; ++k) out.values.push_back(static_cast<float>(std::sqrt(values[k])));
  out.directions.resize(x.items() * out.rank);
  for (size_t item = 0; item < x.items(); ++item) {
    std::copy_n(&subspace.columns()[item * d], out.rank, &out.directions[item * out.rank]);
  }
  return out;
}

void AddLinearFilter(const Interactions& x, std::span<const Row> users, std::span<float> out) {
  COHEAR_REQUIRE(out.size() == users.size() * x.items(), Code::kShape,
                 "out: room for " << out.size() << " scores, want " << users.size() << " x " << x.items());
  for (const Row user : users) {
    COHEAR_REQUIRE(user < x.users(), Code::kRange, "user " << user << " is unknown; there are " << x.users());
  }
  const CsrView by_user = x.by_user(), by_item = x.by_item();
  const auto item_scale = RootScale(by_item);
  struct Sums {
    std::vector<float> of_user;  // zeros between users
    std::vector<Row> touched;
    std::vector<float> of_item;
  };
  Scratch<Sums> scratch([&] {
    return std::make_unique<Sums>(Sums{std::vector<float>(x.users()), {}, std::vector<float>(x.items())});
  });
  ParallelFor(users.size(), 4, [&](size_t begin, size_t end) {
    auto lease = scratch.Take();
    auto& [of_user, touched, of_item] = *lease;
    for (size_t k = begin; k < end; ++k) {
      touched.clear();
      for (const Row item : by_user[users[k]]) {
        for (const Row other : by_item[item]) {
          if (of_user[other] == 0) touched.push_back(other);  // a scale is above 0
          of_user[other] += item_scale[item];
        }
      }
      std::fill(of_item.begin(), of_item.end(), 0.0f);
      for (const Row other : touched) {
        const float weight = of_user[other] / static_cast<float>(by_user[other].size());
        for (const Row item : by_user[other]) of_item[item] += weight;
        of_user[other] = 0;
      }
      float* to = out.data() + k * x.items();
      for (size_t item = 0; item < x.items(); ++item) to[item] += of_item[item] * item_scale[item];
    }
  });
}

}  // namespace cohear
