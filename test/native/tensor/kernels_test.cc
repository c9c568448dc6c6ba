#include "tensor/elementwise.h"
#include "tensor/layout.h"
#include "tensor/reduce.h"
#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

TEST(Elementwise, EverySpreadByHand) {
  const std::vector<float> full{1, 2, 3, 4, 5, 6}, row{10, 20, 30}, column{100, 200}, one{7};
  const auto add = [](const std::vector<float>& a, Spread s, const std::vector<float>& b, Spread t) {
    std::vector<float> out(6);
    ApplyBinary(Binary::kSub, a, s, b, t, 2, 3, out);
    return out;
  };
  EXPECT_EQ(add(full, Spread::kFull, row, Spread::kRow), (std::vector<float>{-9, -18, -27, -6, -15, -24}));
  EXPECT_EQ(add(column, Spread::kColumn, full, Spread::kFull),
            (std::vector<float>{99, 98, 97, 196, 195, 194}));
  EXPECT_EQ(add(column, Spread::kColumn, row, Spread::kRow), (std::vector<float>{90, 80, 70, 190, 180, 170}));
  EXPECT_EQ(add(full, Spread::kFull, one, Spread::kScalar), (std::vector<float>{-6, -5, -4, -3, -2, -1}));
  EXPECT_EQ(add(one, Spread::kScalar, full, Spread::kFull), (std::vector<float>{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(testing::CodeOf([&] { add(row, Spread::kFull, row, Spread::kRow); }), Code::kShape);
}

TEST(Elementwise, SameBitsAtAnyNumberOfThreads) {
  const std::vector<float> x = Random(200'000, 1), row = Random(400, 2);
  testing::ExpectSameBits([&] {
    std::vector<float> out(x.size());
    ApplyBinary(Binary::kDiv, x, Spread::kFull, row, Spread::kRow, 500, 400, out);
    std::vector<float> sigmoid(x.size());
    ApplyUnary(Unary::kSigmoid, out, 0, sigmoid);
    return sigmoid;
  });
}

TEST(Reduce, AgreesWithTheDefinition) {
  const size_t rows = 600, columns = 45;
  const std::vector<float> x = Random(rows * columns, 1);
  std::vector<double> by_row(rows), by_column(columns), most(rows, -2);
  for (size_t i = 0; i < x.size(); ++i) {
    by_row[i / columns] += 0.5 * x[i];
    by_column[i % columns] += 0.5 * x[i];
    most[i / columns] = std::max<double>(most[i / columns], x[i]);
  }
  std::vector<float> r(rows), c(columns), m(rows), s(x.size());
  SumRows(x, columns, 0.5, r);
  SumColumns(x, columns, 0.5, c);
  MaxRows(x, columns, m);
  SoftmaxRows(x, columns, s);
  testing::ExpectClose(r, by_row, 1e-6);
  testing::ExpectClose(c, by_column, 1e-5);
  testing::ExpectClose(m, most, 0, 0);
  for (size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (size_t i = 0; i < columns; ++i) sum += std::exp(double{x[row * columns + i]});
    for (size_t i = 0; i < columns; ++i)
      ASSERT_NEAR(s[row * columns + i], std::exp(double{x[row * columns + i]}) / sum, 1e-7);
  }
}

TEST(Layout, ByHand) {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  std::vector<float> out(6);
  Transpose(x, 2, 3, out);
  EXPECT_EQ(out, (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_TRUE(GatherRows(x, 3, 2, std::vector<int32_t>{2, 0, 2}, out));
  EXPECT_EQ(out, (std::vector<float>{5, 6, 1, 2, 5, 6}));
  EXPECT_FALSE(GatherRows(x, 3, 2, std::vector<int32_t>{2, 3, 2}, out));
  EXPECT_FALSE(GatherRows(x, 3, 2, std::vector<int32_t>{2, -1, 2}, out));
  const std::vector<float> narrow{8, 9};
  std::vector<float> wide(8);
  ConcatColumns({x, narrow}, std::vector<uint32_t>{3, 1}, 2, wide);
  EXPECT_EQ(wide, (std::vector<float>{1, 2, 3, 8, 4, 5, 6, 9}));
  std::vector<float> block(2);
  CopyBlock(x, 3, 0, 2, 1, 1, block);
  EXPECT_EQ(block, (std::vector<float>{2, 5}));
  EXPECT_EQ(testing::CodeOf([&] { CopyBlock(x, 3, 1, 2, 1, 1, block); }), Code::kShape);
  std::vector<float> sums(4);
  SegmentSum(x, 2, std::vector<int32_t>{1, 5, 1}, 2, sums);
  EXPECT_EQ(sums, (std::vector<float>{0, 0, 6, 8}));
}

}  // namespace
}  // namespace cohear
