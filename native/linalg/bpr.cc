#include "linalg/bpr.h"

#include <algorithm>
#include <cmath>

#include "core/pool.h"
#include "core/random.h"
#include "core/simd.h"
#include "tensor/rows.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 128;

// Factors with the moments of Adam, row by row.
struct Table {
  Table(size_t rows, size_t f, uint64_t seed, uint32_t which)
      : factors(rows * f), first(rows * f), second(rows * f), steps(rows) {
    const float scale = 0.1f / std::sqrt(static_cast<float>(f));
    for (size_t row = 0; row < rows; ++row) {
      Draws draws(seed, static_cast<uint32_t>(row), which, 0x627072);
      for (size_t k = 0; k < f; ++k) {
        // Irwin-Hall of four: near enough to a normal number for a start, and exact everywhere.
        float sum = 0;
        for (int i = 0; i < 4; ++i) sum += static_cast<float>(draws.Next() >> 8) * (1.0f / 16777216);
        factors[row * f + k] = (sum - 2) * 1.7320508f * scale;
      }
    }
  }
  std::vector<float> factors, first, second;
  std::vector<uint32_t> steps;
};

COHEAR_SIMD void AdamRow(const float* gradient, float rate, float regularization, float* x, float* first,
                         float* second, size_t f) {
  for (size_t k = 0; k < f; ++k) {
    const float g = gradient[k] + regularization * x[k];
    first[k] = 0.9f * first[k] + 0.1f * g;
    second[k] = 0.999f * second[k] + 0.001f * g * g;
    x[k] -= rate * first[k] / (std::sqrt(second[k]) + 1e-8f);
  }
}

struct Triple {
  Row user, taken, other;
};

class Trainer {
 public:
  Trainer(const Interactions& x, const BprOptions& options)
      : x_(x),
        o_(options),
        f_(options.factors),
        users_(x.users(), f_, options.seed, 0),
        items_(x.items(), f_, options.seed, 1),
        gradients_(3 * options.batch * f_) {
    const CsrView rows = x.by_user();
    for (size_t user = 0; user < rows.rows(); ++user) {
      if (rows[user].size() == x.items()) continue;
      for (const Row item : rows[user]) positives_.push_back({static_cast<Row>(user), item, 0});
    }
  }

  void Epoch(uint32_t epoch) {
    for (size_t begin = 0, batch = 0; begin < positives_.size(); begin += o_.batch, ++batch) {
      const size_t count = std::min(o_.batch, positives_.size() - begin);
      Draw(epoch, begin, count);
      Differentiate();
      Apply(users_, 0, count);
      Apply(items_, count, 3 * count);
    }
  }

  Factors Take() { return {std::move(users_.factors), std::move(items_.factors)}; }

 private:
  // A draw is a function of (seed, epoch, place in the epoch).
  void Draw(uint32_t epoch, size_t begin, size_t count) {
    triples_.resize(count);
    for (size_t t = 0; t < count; ++t) {
      Draws draws(o_.seed, static_cast<uint32_t>(begin + t), epoch, 0x74726970);
      Triple triple = positives_[draws.NextBelow(static_cast<uint32_t>(positives_.size()))];
      const auto taken = x_.by_user()[triple.user];
      do {
        triple.other = draws.NextBelow(static_cast<uint32_t>(x_.items()));
      } while (std::binary_search(taken.begin(), taken.end(), triple.other));
      triples_[t] = triple;
    }
  }

  // gradients_: [count] of the users, then [count] of the items taken, then [count] of the others.
  void Differentiate() {
    const size_t count = triples_.size();
    ParallelFor(count, kGrain, [&](size_t begin, size_t end) {
      for (size_t t = begin; t < end; ++t) {
        const float* u = &users_.factors[triples_[t].user * f_];
        const float* i = &items_.factors[triples_[t].taken * f_];
        const float* j = &items_.factors[triples_[t].other * f_];
        const float weight = -1 / (1 + std::exp(Dot(u, i, f_) - Dot(u, j, f_)));
        float* of_user = &gradients_[t * f_];
        float* of_taken = &gradients_[(count + t) * f_];
        float* of_other = &gradients_[(2 * count + t) * f_];
        for (size_t k = 0; k < f_; ++k) {
          of_user[k] = weight * (i[k] - j[k]);
          of_taken[k] = weight * u[k];
          of_other[k] = -weight * u[k];
        }
      }
    });
  }

  Row RowOf(size_t place) const {
    const size_t count = triples_.size();
    const Triple& triple = triples_[place % count];
    return place < count ? triple.user : place < 2 * count ? triple.taken : triple.other;
  }

  // One step for every row among the gradients [from, to), which add up in their order.
  void Apply(Table& table, size_t from, size_t to) {
    order_.clear();
    for (size_t place = from; place < to; ++place) order_.push_back(uint64_t{RowOf(place)} << 32 | place);
    std::sort(order_.begin(), order_.end());
    starts_.clear();
    for (size_t k = 0; k < order_.size(); ++k) {
      if (k == 0 || order_[k] >> 32 != order_[k - 1] >> 32) starts_.push_back(k);
    }
    starts_.push_back(order_.size());
    ParallelFor(starts_.size() - 1, kGrain, [&](size_t begin, size_t end) {
      std::vector<float> sum(f_);
      for (size_t s = begin; s < end; ++s) {
        std::fill(sum.begin(), sum.end(), 0.0f);
        for (size_t k = starts_[s]; k < starts_[s + 1]; ++k) {
          AddScaled(sum.data(), &gradients_[(order_[k] & 0xffffffff) * f_], 1, f_);
        }
        const size_t row = order_[starts_[s]] >> 32, at = row * f_;
        const auto step = static_cast<float>(++table.steps[row]);
        const float rate =
            o_.learning_rate * std::sqrt(1 - std::pow(0.999f, step)) / (1 - std::pow(0.9f, step));
        AdamRow(sum.data(), rate, o_.regularization, &table.factors[at], &table.first[at], &table.second[at],
                f_);
      }
    });
  }

  const Interactions& x_;
  const BprOptions& o_;
  const size_t f_;
  Table users_, items_;
  std::vector<Triple> positives_, triples_;
  std::vector<float> gradients_;
  std::vector<uint64_t> order_;
  std::vector<size_t> starts_;
};

}  // namespace

Factors Bpr(const Interactions& x, const BprOptions& options, const Watch& watch) {
  COHEAR_REQUIRE(options.factors >= 1 && options.factors <= 4096, Code::kRange,
                 "factors: want 1 to 4096, got " << options.factors);
  COHEAR_REQUIRE(options.batch >= 1 && options.batch <= 1 << 20, Code::kRange,
                 "batch: want 1 to 1048576, got " << options.batch);
  COHEAR_REQUIRE(options.learning_rate > 0 && options.regularization >= 0, Code::kRange,
                 "want learning_rate > 0 and regularization >= 0, got " << options.learning_rate << " and "
                                                                        << options.regularization);
  Trainer trainer(x, options);
  for (size_t epoch = 0; epoch < options.epochs; ++epoch) {
    watch.Step(1);
    trainer.Epoch(static_cast<uint32_t>(epoch));
  }
  return trainer.Take();
}

}  // namespace cohear
