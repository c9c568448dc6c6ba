#include "linalg/symmetric_tiles.h"

#include <algorithm>
#include <cmath>

#include "core/gemm.h"
#include "core/pool.h"
#include "tensor/rows.h"

namespace cohear {

SymmetricTiles::SymmetricTiles(size_t n, size_t tile)
    : n_(n), tile_(tile), blocks_((n + tile - 1) / tile), tiles_(blocks_ * (blocks_ + 1) / 2) {
  for (auto& one : tiles_) one = std::make_unique<float[]>(tile * tile);
  for (size_t i = n; i < blocks_ * tile; ++i) Lower(i, i) = 1;
}

size_t SymmetricTiles::Bytes(size_t n, size_t tile) {
  const size_t blocks = (n + tile - 1) / tile;
  return blocks * (blocks + 1) / 2 * tile * tile * sizeof(float);
}

void SymmetricTiles::AddRow(size_t row, float weight, float* out) const {
  const size_t block = row / tile_, inner = row % tile_;
  for (size_t j = 0; j < blocks_; ++j) {
    const size_t width = std::min(tile_, n_ - j * tile_);
    float* to = out + j * tile_;
    if (j <= block) {
      AddScaled(to, Tile(block, j) + inner * tile_, weight, width);
    } else {
      const float* column = Tile(j, block) + inner;
      for (size_t i = 0; i < width; ++i) to[i] += weight * column[i * tile_];
    }
  }
}

bool CholeskyInPlace(float* a, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    float* row = a + i * n;
    for (size_t j = 0; j < i; ++j) row[j] = (row[j] - Dot(row, a + j * n, j)) / a[j * n + j];
    const float square = row[i] - Dot(row, row, i);
    if (!(square > 0)) return false;
    row[i] = std::sqrt(square);
    std::fill(row + i + 1, row + n, 0.0f);
  }
  return true;
}

void InvertLower(const float* lower, size_t n, float* inverse) {
  std::fill(inverse, inverse + n * n, 0.0f);
  for (size_t i = 0; i < n; ++i) {
    float* row = inverse + i * n;
    for (size_t k = 0; k < i; ++k) AddScaled(row, inverse + k * n, -lower[i * n + k], k + 1);
    const float scale = 1 / lower[i * n + i];
    for (size_t k = 0; k < i; ++k) row[k] *= scale;
    row[i] = scale;
  }
}

namespace {

using Tiles = std::vector<std::vector<float>>;

// The inversion, with what its three passes share.
class Inversion {
 public:
  Inversion(SymmetricTiles& a, const Watch& watch)
      : a_(a),
        t_(a.tile()),
        blocks_(a.blocks()),
        watch_(watch),
        diagonal_(blocks_, std::vector<float>(t_ * t_)),
        column_(blocks_, std::vector<float>(t_ * t_)) {}

  void Factor();          // a = L; diagonal_ = inverses of its diagonal tiles
  void InvertFactor();    // a = W = 1 / L
  void MultiplyFactor();  // a = W' W

 private:
  struct Product {
    const float* a;
    const float* b;
    float* c;
    bool transpose_a = false, transpose_b = false, accumulate = false;
  };
  void Multiply(const Product& p) const {
    GemmOnThisThread({.m = t_,
                      .n = t_,
                      .k = t_,
                      .transpose_a = p.transpose_a,
                      .transpose_b = p.transpose_b,
                      .a = p.a,
                      .lda = t_,
                      .b = p.b,
                      .ldb = t_,
                      .c = p.c,
                      .ldc = t_,
                      .accumulate = p.accumulate});
  }
  // column_[i] = -from, since products can be added but not subtracted.
  void Negate(size_t i, const float* from) {
    std::transform(from, from + t_ * t_, column_[i].begin(), [](float x) { return -x; });
  }
  void Replace(float* tile, const std::vector<float>& by) { std::copy(by.begin(), by.end(), tile); }

  SymmetricTiles& a_;
  const size_t t_, blocks_;
  const Watch& watch_;
  Tiles diagonal_, column_;
};

void Inversion::Factor() {
  for (size_t k = 0; k < blocks_; ++k) {
    watch_.Step(1);
    COHEAR_REQUIRE(CholeskyInPlace(a_.Tile(k, k), t_), Code::kValue,
                   "the matrix is not positive definite; want more regularisation");
    InvertLower(a_.Tile(k, k), t_, diagonal_[k].data());
    ParallelFor(blocks_ - k - 1, 1, [&](size_t begin, size_t end) {
      std::vector<float> product(t_ * t_);
      for (size_t i = k + 1 + begin; i < k + 1 + end; ++i) {
        float* tile = a_.Tile(i, k);
        Multiply({.a = tile, .b = diagonal_[k].data(), .c = product.data(), .transpose_b = true});
        Replace(tile, product);
        Negate(i, tile);
      }
    });
    const size_t rest = blocks_ - k - 1;
    ParallelFor(rest * (rest + 1) / 2, 1, [&](size_t begin, size_t end) {
      for (size_t pair = begin; pair < end; ++pair) {
        auto i = static_cast<size_t>((std::sqrt(8.0 * static_cast<double>(pair) + 1) - 1) / 2);
        while ((i + 1) * (i + 2) / 2 <= pair) ++i;
        while (i * (i + 1) / 2 > pair) --i;
        const size_t row = k + 1 + i, col = k + 1 + pair - i * (i + 1) / 2;
        Multiply({.a = column_[row].data(),
                  .b = a_.Tile(col, k),
                  .c = a_.Tile(row, col),
                  .transpose_b = true,
                  .accumulate = true});
      }
    });
  }
}

// From W L = 1, column by column from the last: W_ij = -(sum over k in (j, i] of W_ik L_kj) / L_jj.
void Inversion::InvertFactor() {
  for (size_t j = blocks_; j-- > 0;) {
    watch_.Step(1);
    for (size_t k = j + 1; k < blocks_; ++k) Negate(k, a_.Tile(k, j));
    ParallelFor(blocks_ - j - 1, 1, [&](size_t begin, size_t end) {
      std::vector<float> sum(t_ * t_);
      for (size_t i = j + 1 + begin; i < j + 1 + end; ++i) {
        for (size_t k = j + 1; k <= i; ++k) {
          Multiply({.a = a_.Tile(i, k), .b = column_[k].data(), .c = sum.data(), .accumulate = k > j + 1});
        }
        Multiply({.a = sum.data(), .b = diagonal_[j].data(), .c = a_.Tile(i, j)});
      }
    });
    Replace(a_.Tile(j, j), diagonal_[j]);
  }
}

// Row by row from the first: (W' W)_ij = sum over k >= i of W_ki' W_kj reads no row above i.
void Inversion::MultiplyFactor() {
  for (size_t i = 0; i < blocks_; ++i) {
    watch_.Step(1);
    ParallelFor(i + 1, 1, [&](size_t begin, size_t end) {
      for (size_t j = begin; j < end; ++j) {
        for (size_t k = i; k < blocks_; ++k) {
          Multiply({.a = a_.Tile(k, i),
                    .b = a_.Tile(k, j),
                    .c = column_[j].data(),
                    .transpose_a = true,
                    .accumulate = k > i});
        }
      }
    });
    for (size_t j = 0; j <= i; ++j) Replace(a_.Tile(i, j), column_[j]);
  }
}

}  // namespace

void InvertPositiveDefinite(SymmetricTiles& a, const Watch& watch) {
  Inversion inversion(a, watch);
  inversion.Factor();
  inversion.InvertFactor();
  inversion.MultiplyFactor();
}

}  // namespace cohear
