#include "linalg/ease.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/pool.h"
#include "core/simd.h"

namespace cohear {
namespace {

constexpr Row kNone = std::numeric_limits<Row>::max();
constexpr size_t kUsers = 16;  // scored together: the lanes of a sum

// Places of the rows that are not empty; returns how many.
size_t Number(const CsrView& csr, std::vector<Row>& place) {
  place.assign(csr.rows(), kNone);
  size_t count = 0;
  for (size_t row = 0; row < csr.rows(); ++row) {
    if (!csr[row].empty()) place[row] = static_cast<Row>(count++);
  }
  return count;
}

// A A' + l2, for the rows of A that are not empty; `columns` is A by columns, rows ascending.
void FillKernel(const CsrView& rows, const CsrView& columns, const std::vector<Row>& place, float l2,
                SymmetricTiles& kernel) {
  // A grain writes whole rows of the lower half, so no number is written by two.
  ParallelFor(rows.rows(), 256, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      if (place[row] == kNone) continue;
      for (const Row column : rows[row]) {
        for (const Row other : columns[column]) {
          if (other > row) break;
          kernel.Lower(place[row], place[other]) += 1;
        }
      }
      kernel.Lower(place[row], place[row]) += l2;
    }
  });
}

template <size_t kBytes>
COHEAR_INLINE void SumRows(const float* z, std::span<const Row> rows, const Row* place, float* sums) {
  using Lanes = typename Vectors<kBytes>::Floats;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes, kVectors = kUsers / kLanes;
  Lanes total[kVectors] = {};
  for (const Row row : rows) {
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) {
      Lanes one;
      std::memcpy(&one, z + size_t{place[row]} * kUsers + v * kLanes, kBytes);
      total[v] += one;
    }
  }
  std::memcpy(sums, total, sizeof total);
}

// sums = the sum of the rows of z [., kUsers] that are listed.
COHEAR_VECTORS(SumRows, (const float* z, std::span<const Row> rows, const Row* place, float* sums),
               (z, rows, place, sums))

}  // namespace

Ease::Ease(std::shared_ptr<const Interactions> x, float l2, size_t max_bytes, const Watch& watch)
    : x_(std::move(x)) {
  const size_t items = x_->items();
  COHEAR_REQUIRE(l2 > 0, Code::kRange, "l2: want a number above 0, got " << l2);
  std::vector<Row> users, columns;
  const size_t user_count = Number(x_->by_user(), users), item_count = Number(x_->by_item(), columns);
  over_users_ = user_count < item_count;
  place_ = over_users_ ? users : columns;
  const size_t n = std::min(user_count, item_count), need = SymmetricTiles::Bytes(n);
  COHEAR_REQUIRE(need <= max_bytes, Code::kMemory,
                 "EASE inverts a matrix of " << n << " x " << n << " (the fewer of " << user_count
                                             << " users and " << item_count << " items), " << need / 1048576
                                             << " MiB, and may use " << max_bytes / 1048576
                                             << ": allow it more memory, or leave it out");
  inverse_ = std::make_unique<SymmetricTiles>(n);
  if (over_users_) {
    FillKernel(x_->by_user(), x_->by_item(), place_, l2, *inverse_);
  } else {
    FillKernel(x_->by_item(), x_->by_user(), place_, l2, *inverse_);
  }
  InvertPositiveDefinite(*inverse_, watch);
  scale_.assign(items, 0);
  ParallelFor(items, 64, [&](size_t begin, size_t end) {
    for (size_t item = begin; item < end; ++item) {
      const auto takers = x_->by_item()[item];
      if (takers.empty()) continue;
      if (!over_users_) {
        scale_[item] = 1 / inverse_->At(place_[item], place_[item]);
        continue;
      }
      double diagonal = 0, others = 0;
      for (size_t i = 0; i < takers.size(); ++i) {
        diagonal += inverse_->At(place_[takers[i]], place_[takers[i]]);
        for (size_t j = 0; j < i; ++j) others += inverse_->At(place_[takers[i]], place_[takers[j]]);
      }
      scale_[item] = static_cast<float>(l2 / (1 - (diagonal + 2 * others)));
    }
  });
}

size_t Ease::bytes() const { return SymmetricTiles::Bytes(inverse_->n()) + 4 * scale_.size(); }

void Ease::Score(std::span<const Row> users, std::span<float> out) const {
  COHEAR_REQUIRE(out.size() == users.size() * x_->items(), Code::kShape,
                 "out: room for " << out.size() << " scores, want " << users.size() << " x " << x_->items());
  for (const Row user : users) {
    COHEAR_REQUIRE(user < x_->users(), Code::kRange,
                   "user " << user << " is unknown; there are " << x_->users());
  }
  ParallelFor(users.size(), kUsers, [&](size_t begin, size_t end) {
    const auto some = users.subspan(begin, end - begin);
    float* to = out.data() + begin * x_->items();
    std::fill(to, to + some.size() * x_->items(), 0.0f);
    over_users_ ? ScoreOverUsers(some, to) : ScoreOverItems(some, to);
    for (size_t k = 0; k < some.size(); ++k) {
      for (const Row item : x_->by_user()[some[k]]) to[k * x_->items() + item] += 1;
    }
  });
}

void Ease::ScoreOverUsers(std::span<const Row> users, float* out) const {
  const size_t n = inverse_->n(), items = x_->items();
  std::vector<float> row(n), z(n * kUsers);
  for (size_t k = 0; k < users.size(); ++k) {
    if (place_[users[k]] == kNone) continue;
    std::fill(row.begin(), row.end(), 0.0f);
    inverse_->AddRow(place_[users[k]], 1, row.data());
    for (size_t i = 0; i < n; ++i) z[i * kUsers + k] = row[i];
  }
  alignas(64) float sums[kUsers];
  for (size_t item = 0; item < items; ++item) {
    SumRows(z.data(), x_->by_item()[item], place_.data(), sums);
    for (size_t k = 0; k < users.size(); ++k) out[k * items + item] = -sums[k] * scale_[item];
  }
}

void Ease::ScoreOverItems(std::span<const Row> users, float* out) const {
  const size_t items = x_->items();
  std::vector<float> sum(inverse_->n());
  for (size_t k = 0; k < users.size(); ++k) {
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (const Row item : x_->by_user()[users[k]]) inverse_->AddRow(place_[item], 1, sum.data());
    for (size_t item = 0; item < items; ++item) {
      if (place_[item] != kNone) out[k * items + item] = -sum[place_[item]] * scale_[item];
    }
  }
}

}  // namespace cohear
