#include "tensor/adagrad.h"

#include <cmath>

#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

TEST(Adagrad, AgreesWithItsDefinition) {
  const size_t size = 40'000;
  const std::vector<float> gradient = Random(size, 2);
  for (const double clip : {0.0, 1.0}) {
    std::vector<float> value = Random(size, 1), squares(size, 0.5f);
    std::vector<double> want(value.begin(), value.end());
    double norm = 0;
    for (const float g : gradient) norm += double{g} * g;
    norm = std::sqrt(norm);
    for (size_t i = 0; i < size; ++i) {
      const double g = gradient[i] * (clip > 0 ? clip / norm : 1.0);
      want[i] -= 0.1 * g / (std::sqrt(0.5 + g * g) + 1e-8);
    }
    const double got =
        AdagradStep({{value, gradient, squares, value}}, {.learning_rate = 0.1, .clip_norm = clip});
    EXPECT_NEAR(got, clip > 0 ? norm : 0, 1e-6 * norm);
    testing::ExpectClose(value, want);
  }
}

TEST(Adagrad, RowsByHand) {
  std::vector<float> table{1, 1, 2, 2, 3, 3}, squares{0, 0, 9};
  RowwiseAdagrad(table, squares, 2, std::vector<uint32_t>{2, 0}, std::vector<float>{4, 4, 3, 4},
                 {.learning_rate = 1, .epsilon = 1e-12});
  EXPECT_EQ(squares, (std::vector<float>{12.5f, 0, 25}));
  const float unit = 1 / std::sqrt(12.5f);
  testing::ExpectClose(table, std::vector<float>{1 - 3 * unit, 1 - 4 * unit, 2, 2, 3 - 0.8f, 3 - 0.8f});
}

TEST(Adagrad, RefusesRowsThatCannotBeAndChangesNothing) {
  std::vector<float> table{1, 2}, squares{3, 4};
  const auto code = [&](std::vector<uint32_t> rows, std::vector<float> gradient) {
    return testing::CodeOf([&] { RowwiseAdagrad(table, squares, 1, rows, gradient, {}); });
  };
  EXPECT_EQ(code({0, 2}, {1, 1}), Code::kRange);
  EXPECT_EQ(code({1, 1}, {1, 1}), Code::kValue);
  EXPECT_EQ(code({0, 1}, {1}), Code::kShape);
  EXPECT_EQ(table, (std::vector<float>{1, 2}));
  EXPECT_EQ(squares, (std::vector<float>{3, 4}));
}

TEST(Adagrad, SameBitsAtAnyNumberOfThreads) {
  const std::vector<float> start = Random(3000 * 16, 1), gradient = Random(1000 * 16, 2);
  std::vector<uint32_t> rows(1000);
  for (uint32_t i = 0; i < 1000; ++i) rows[i] = 2999 - 3 * i;
  testing::ExpectSameBits([&] {
    std::vector<float> table = start, squares(3000);
    RowwiseAdagrad(table, squares, 16, rows, gradient, {});
    return table;
  });
}

}  // namespace
}  // namespace cohear
