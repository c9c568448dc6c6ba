#include "linalg/symmetric_tiles.h"

#include "linalg/symmetric_eigen.h"
#include "plain.h"

namespace cohear {
namespace {

// A = B B' + 1 for a random B: positive definite, of condition about n.
Dense RandomPositive(size_t n) {
  Dense b = Zeros(n, n);
  for (uint32_t i = 0; i < n; ++i) {
    Draws draws(7, i, 0, 0);
    for (auto& x : b[i]) x = draws.Next() / 4294967296.0 - 0.5;
  }
  Dense a = b * Transposed(b);
  for (size_t i = 0; i < n; ++i) a[i][i] += 1;
  return a;
}

SymmetricTiles ToTiles(const Dense& a, size_t tile) {
  SymmetricTiles out(a.size(), tile);
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) out.Lower(i, j) = static_cast<float>(a[i][j]);
  }
  return out;
}

TEST(SymmetricTiles, InverseOfTwoByTwoByHand) {
  SymmetricTiles a = ToTiles({{4, 1}, {1, 2}}, 16);
  InvertPositiveDefinite(a);
  EXPECT_NEAR(a.At(0, 0), 2.0 / 7, 1e-6);
  EXPECT_NEAR(a.At(0, 1), -1.0 / 7, 1e-6);
  EXPECT_NEAR(a.At(1, 1), 4.0 / 7, 1e-6);
}

TEST(SymmetricTiles, InverseIsThatOfPlainAlgebraWhateverTheTiles) {
  for (const size_t n : {1, 15, 16, 17, 61, 100}) {
    const Dense a = RandomPositive(n), want = Inverse(a);
    for (const size_t tile : {16, 40}) {
      SymmetricTiles got = ToTiles(a, tile);
      InvertPositiveDefinite(got);
      for (size_t i = 0; i < n; ++i) {
        std::vector<float> row(n, 1);
        got.AddRow(i, 2, row.data());
        for (size_t j = 0; j < n; ++j) {
          ASSERT_NEAR(got.At(i, j), want[i][j], 2e-5)
              << n << " rows, tiles of " << tile << ": " << i << ", " << j;
          ASSERT_NEAR(row[j], 1 + 2 * want[i][j], 5e-5);
        }
      }
    }
  }
}

TEST(SymmetricTiles, SameBitsAtAnyNumberOfThreads) {
  const Dense a = RandomPositive(90);
  std::vector<float> first;
  for (const int threads : {1, 2, 7}) {
    const WithThreads with(threads);
    SymmetricTiles got = ToTiles(a, 16);
    InvertPositiveDefinite(got);
    std::vector<float> all(90 * 90);
    for (size_t i = 0; i < 90; ++i) got.AddRow(i, 1, &all[i * 90]);
    if (first.empty()) first = all;
    EXPECT_EQ(first, all) << threads << " threads";
  }
}

TEST(SymmetricTiles, RefusesWhatIsNotPositiveDefiniteAndStopsOnRequest) {
  SymmetricTiles a = ToTiles({{1, 2}, {2, 1}}, 16);
  EXPECT_EQ(CodeOf([&] { InvertPositiveDefinite(a); }), "ERR_VALUE");
  int32_t cancel = 1, done = 0;
  SymmetricTiles b = ToTiles({{1, 0}, {0, 1}}, 16);
  EXPECT_EQ(CodeOf([&] { InvertPositiveDefinite(b, {&cancel, &done}); }), "ERR_CANCELLED");
}

TEST(SymmetricEigen, RebuildsTheMatrixFromOrthonormalVectors) {
  const size_t n = 30;
  const Dense a = RandomPositive(n);
  std::vector<double> flat;
  for (const auto& row : a) flat.insert(flat.end(), row.begin(), row.end());
  const SymmetricEigen eigen = EigenOf(flat, n);
  for (size_t i = 0; i < n; ++i) {
    EXPECT_GE(eigen.values[i == 0 ? 0 : i - 1], eigen.values[i]);
    for (size_t j = 0; j < n; ++j) {
      double rebuilt = 0, product = 0;
      for (size_t k = 0; k < n; ++k) {
        rebuilt += eigen.values[k] * eigen.vectors[i * n + k] * eigen.vectors[j * n + k];
        product += eigen.vectors[k * n + i] * eigen.vectors[k * n + j];
      }
      EXPECT_NEAR(rebuilt, a[i][j], 1e-8);
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12);
    }
  }
}

}  // namespace
}  // namespace cohear
