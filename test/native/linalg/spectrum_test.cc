#include "linalg/spectrum.h"

#include "linalg/symmetric_eigen.h"
#include "plain.h"

namespace cohear {
namespace {

Dense Normalised(const Interactions& x) {
  Dense r = ToDense(x);
  for (size_t u = 0; u < x.users(); ++u) {
    for (const Row i : x.by_user()[u]) {
      r[u][i] /= std::sqrt(static_cast<double>(x.by_user()[u].size() * x.by_item()[i].size()));
    }
  }
  return r;
}

TEST(Spectrum, HasTheEigenvectorsOfTheGramMatrix) {
  const Interactions x = RandomInteractions(4, 90, 60, 9);
  const Dense r = Normalised(x), gram = Transposed(r) * r;
  std::vector<double> flat;
  for (const auto& row : gram) flat.insert(flat.end(), row.begin(), row.end());
  const SymmetricEigen want = EigenOf(flat, 60);
  const size_t rank = 12;
  const Spectrum got = TopSpectrum(x, {.rank = rank, .oversample = 20, .sweeps = 6});
  ASSERT_EQ(got.rank, rank);
  for (size_t k = 0; k < rank; ++k) EXPECT_NEAR(got.values[k], std::sqrt(want.values[k]), 1e-4);
  // Vectors are free in sign, and in more where values are equal; the projection on all of them is not.
  for (size_t i = 0; i < 60; ++i) {
    for (size_t j = 0; j < 60; ++j) {
      double projected = 0, expected = 0;
      for (size_t k = 0; k < rank; ++k) {
        projected += double{got.directions[i * rank + k]} * got.directions[j * rank + k];
        expected += want.vectors[i * 60 + k] * want.vectors[j * 60 + k];
      }
      EXPECT_NEAR(projected, expected, 2e-3) << i << ", " << j;
    }
  }
}

TEST(Spectrum, ARankThatTheMatrixLacksIsNotMadeUp) {
  const std::vector<Offset> offsets{0, 2, 4, 5};
  const std::vector<Row> indices{0, 1, 0, 1, 2};  // two users alike, one apart: rank 2 of 4 items
  const Interactions x(CsrView{offsets, indices}, 4);
  const Spectrum got = TopSpectrum(x, {.rank = 4});
  ASSERT_EQ(got.rank, 2u);
  EXPECT_NEAR(got.values[0], 1, 1e-5);
  EXPECT_NEAR(got.values[1], 1, 1e-5);
  EXPECT_EQ(TopSpectrum(Interactions(CsrView{std::vector<Offset>{0}, {}}, 3), {}).rank, 0u);
}

TEST(LinearFilter, AddsTheRowTimesTheGramMatrix) {
  const Interactions x = RandomInteractions(6, 80, 50, 9);
  const Dense r = Normalised(x), want = ToDense(x) * (Transposed(r) * r);
  const std::vector<Row> users{3, 10, 0, 79};
  std::vector<float> out(users.size() * 50, 1);
  AddLinearFilter(x, users, out);
  for (size_t k = 0; k < users.size(); ++k) {
    for (size_t i = 0; i < 50; ++i) EXPECT_NEAR(out[k * 50 + i], 1 + want[users[k]][i], 1e-5);
  }
  EXPECT_EQ(CodeOf([&] { AddLinearFilter(x, std::vector<Row>{80}, std::span(out).first(50)); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { AddLinearFilter(x, users, std::span(out).first(50)); }), "ERR_SHAPE");
}

TEST(Spectrum, SameBitsAtAnyNumberOfThreads) {
  const Interactions x = RandomInteractions(9, 300, 200, 9);
  std::vector<Row> users(300);
  for (Row u = 0; u < 300; ++u) users[u] = u;
  std::vector<float> directions, filtered;
  for (const int threads : {1, 2, 7}) {
    const WithThreads with(threads);
    const Spectrum got = TopSpectrum(x, {.rank = 20, .sweeps = 2});
    std::vector<float> out(300 * 200);
    AddLinearFilter(x, users, out);
    if (directions.empty()) directions = got.directions, filtered = out;
    EXPECT_TRUE(directions == got.directions) << threads << " threads";
    EXPECT_TRUE(filtered == out) << threads << " threads";
  }
}

}  // namespace
}  // namespace cohear
