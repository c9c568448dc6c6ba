#include "tensor/dense.h"

#include "tensor/math.h"
#include "tensor/normalize.h"
#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

TEST(MatMul, BiasAndActivationsByHand) {
  const std::vector<float> a{1, -1, 8, -8}, b{1, 1}, bias{0.5f};
  const auto run = [&](Activation activation) {
    std::vector<float> out(2);
    MatMul({.m = 2, .n = 1, .k = 2}, a, std::vector<float>{1, 2}, out, bias, activation, 0.1f);
    return out;
  };
  EXPECT_EQ(run(Activation::kLinear), (std::vector<float>{-0.5f, -7.5f}));
  EXPECT_EQ(run(Activation::kRelu), (std::vector<float>{0, 0}));
  EXPECT_EQ(run(Activation::kLeakyRelu), (std::vector<float>{0.1f * -0.5f, 0.1f * -7.5f}));
  EXPECT_FLOAT_EQ(run(Activation::kElu)[0], std::expm1(-0.5f));
  EXPECT_FLOAT_EQ(run(Activation::kSigmoid)[1], 1 / (1 + std::exp(7.5f)));
}

TEST(MatMul, AddsToWhatIsThereBeforeBiasAndActivation) {
  std::vector<float> out{1, -20};
  const std::vector<float> bias{0.5f};
  MatMul({.m = 2, .n = 1, .k = 2, .accumulate = true}, std::vector<float>{1, -1, 8, -8},
         std::vector<float>{1, 2}, out, bias, Activation::kRelu);
  EXPECT_EQ(out, (std::vector<float>{0.5f, 0}));  // 1 - 1 + .5 and -20 - 8 + .5
}

TEST(MatMul, OneMatrixServesAWholeBatch) {
  const std::vector<float> a{1, 2, 3, 4}, b{10};
  std::vector<float> out(4);
  MatMul({.m = 2, .n = 1, .k = 1, .batch_a = 2, .batch_b = 1}, a, b, out);
  EXPECT_EQ(out, (std::vector<float>{10, 20, 30, 40}));
}

TEST(MatMul, RefusesSizesThatDoNotFit) {
  std::vector<float> a(6), b(6), out(4), bias(3);
  EXPECT_EQ(testing::CodeOf([&] { MatMul({.m = 2, .n = 2, .k = 2}, a, b, out); }), Code::kShape);
  EXPECT_EQ(testing::CodeOf([&] { MatMul({.m = 2, .n = 2, .k = 3}, a, b, out, bias); }), Code::kShape);
  EXPECT_EQ(testing::CodeOf([&] { MatMul({.m = 1, .n = 1, .k = 2, .batch_a = 3, .batch_b = 2}, a, b, out); }),
            Code::kShape);
}

TEST(DenseBackward, AgreesWithTheDefinition) {
  const size_t rows = 700, columns = 37;
  const std::vector<float> y = Random(rows * columns, 1), dy = Random(rows * columns, 2);
  for (const bool relu : {false, true}) {
    std::vector<float> dz(dy.size()), dbias(columns), want(dy.size());
    std::vector<double> sums(columns);
    DenseBackward(y, dy, columns, relu, dz, dbias);
    for (size_t i = 0; i < dy.size(); ++i) {
      want[i] = !relu || y[i] > 0 ? dy[i] : 0;
      sums[i % columns] += want[i];
    }
    EXPECT_EQ(dz, want);
    testing::ExpectClose(dbias, sums, 1e-4);
    testing::ExpectSameBits([&] {
      DenseBackward(y, dy, columns, relu, dz, dbias);
      return dbias;
    });
  }
}

TEST(Normalize, AgreesWithTheDefinition) {
  const size_t rows = 300, width = 45;
  const std::vector<float> x = Random(rows * width, 1), dy = Random(rows * width, 2);
  std::vector<float> y(x.size()), norms(rows), dx(x.size()), want(x.size()), slope(x.size());
  NormalizeRows(x, width, 1e-12f, y, norms);
  NormalizeRowsBackward(y, dy, norms, width, 1e-12f, dx);
  for (size_t r = 0; r < rows; ++r) {
    double squares = 0, product = 0;
    for (size_t i = r * width; i < (r + 1) * width; ++i) squares += double{x[i]} * x[i];
    const double norm = std::sqrt(squares);
    for (size_t i = r * width; i < (r + 1) * width; ++i) product += x[i] / norm * dy[i];
    for (size_t i = r * width; i < (r + 1) * width; ++i) {
      want[i] = static_cast<float>(x[i] / norm);
      slope[i] = static_cast<float>((dy[i] - x[i] / norm * product) / norm);
    }
  }
  testing::ExpectClose(y, want);
  testing::ExpectClose(dx, slope);
}

TEST(Exp, IsWithinOneUlpOfTheLibrary) {
  for (float x = -87.3f; x < 88.7f; x += 0.00731f) {
    const double want = std::exp(double{x});
    const float nearest = static_cast<float>(want);
    ASSERT_NEAR(Exp(x), want, std::nextafter(nearest, INFINITY) - nearest) << x;
    if (std::abs(x) <= 87.3f) ASSERT_EQ(ExpWithin(x), Exp(x)) << x;
  }
  EXPECT_EQ(Exp(0.0f), 1.0f);
  EXPECT_EQ(Exp(-200.0f), 0.0f);
  EXPECT_EQ(Exp(-INFINITY), 0.0f);
  EXPECT_EQ(Exp(200.0f), INFINITY);
  EXPECT_TRUE(std::isfinite(Exp(88.7228f)));
  EXPECT_TRUE(std::isnan(Exp(NAN)));
  EXPECT_TRUE(std::isnan(Exp(-std::bit_cast<float>(0x7fc001ffu))));  // whatever it carries
}

TEST(Exp, OfManyIsThatOfEachWhereverSomeAreOutOfBounds) {
  std::vector<float> x = Random(kExpPiece, 5);
  for (float& value : x) value *= 20;
  const auto check = [&](size_t size) {
    std::vector<float> out(size), shifted(x.begin(), x.begin() + size);
    ExpPiece(x.data(), 0.0f, out.data(), size);
    ExpPieceInPlace(shifted.data(), 1.5f, size);
    for (size_t i = 0; i < size; ++i) {
      ASSERT_EQ(std::isnan(out[i]), std::isnan(x[i])) << i;
      ASSERT_EQ(std::isnan(shifted[i]), std::isnan(x[i])) << i;
      if (std::isnan(x[i])) continue;
      ASSERT_EQ(out[i], Exp(x[i])) << i;
      ASSERT_EQ(shifted[i], Exp(x[i] - 1.5f)) << i;
    }
  };
  for (const size_t size : {size_t{1}, size_t{31}, size_t{100}, kExpPiece}) check(size);
  x[30] = 90, x[99] = -INFINITY, x[101] = NAN, x[150] = -88, x[255] = INFINITY;
  for (const size_t size : {size_t{31}, size_t{100}, kExpPiece}) check(size);
}

}  // namespace
}  // namespace cohear
