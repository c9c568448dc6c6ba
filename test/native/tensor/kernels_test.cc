#include "tensor/elementwise.h"
#include "tensor/gather.h"
#include "tensor/order.h"
#include "tensor/reduce.h"
#include "tensor/strided.h"
#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

TEST(Elementwise, BroadcastsByHand) {
  const std::vector<float> full{1, 2, 3, 4, 5, 6}, row{10, 20, 30}, column{100, 200}, one{7};
  const BroadcastAxis whole{6, 1, 1};
  const auto subtract = [](const std::vector<float>& a, const std::vector<float>& b,
                           const std::vector<BroadcastAxis>& axes) {
    std::vector<float> out(6);
    ApplyBinary(Binary::kSub, a, b, axes, out);
    return out;
  };
  EXPECT_EQ(subtract(full, full, {whole}), (std::vector<float>(6)));
  EXPECT_EQ(subtract(full, row, {{2, 3, 0}, {3, 1, 1}}), (std::vector<float>{-9, -18, -27, -6, -15, -24}));
  EXPECT_EQ(subtract(column, full, {{2, 1, 3}, {3, 0, 1}}), (std::vector<float>{99, 98, 97, 196, 195, 194}));
  EXPECT_EQ(subtract(column, row, {{2, 1, 0}, {3, 0, 1}}), (std::vector<float>{90, 80, 70, 190, 180, 170}));
  EXPECT_EQ(subtract(full, one, {{6, 1, 0}}), (std::vector<float>{-6, -5, -4, -3, -2, -1}));
  EXPECT_EQ(subtract(one, full, {{6, 0, 1}}), (std::vector<float>{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(subtract(full, full, {{3, 1, 1}, {2, 3, 0}}), (std::vector<float>{0, 3, 0, 3, 0, 3}));
  EXPECT_EQ(testing::CodeOf([&] { subtract(row, row, {whole}); }), Code::kShape);
  EXPECT_EQ(testing::CodeOf([&] { subtract(full, full, {{5, 1, 1}}); }), Code::kShape);
}

TEST(Elementwise, ComparesCastsAndSelects) {
  const std::vector<float> x{-1, 0, 2, NAN}, y{0, 0, 1, 1};
  std::vector<uint8_t> flags(4);
  Compare(Binary::kGreater, x, y, {{4, 1, 1}}, flags);
  EXPECT_EQ(flags, (std::vector<uint8_t>{0, 0, 1, 0}));
  Compare(Binary::kNotEqual, x, y, {{4, 1, 1}}, flags);
  EXPECT_EQ(flags, (std::vector<uint8_t>{1, 0, 1, 1}));
  const std::vector<uint32_t> a{1, 2, 3, 4}, b{5, 6, 7, 8};
  std::vector<uint32_t> chosen(4);
  Select(flags, a, b, chosen);
  EXPECT_EQ(chosen, (std::vector<uint32_t>{1, 6, 3, 4}));
  std::vector<int32_t> whole(4);
  Cast(std::vector<float>{-1.9f, NAN, 4294967298.0f, 2147483648.0f}, whole);  // modulo 2^32
  EXPECT_EQ(whole, (std::vector<int32_t>{-1, 0, 0, INT32_MIN}));
}

TEST(Elementwise, SameBitsAtAnyNumberOfThreads) {
  const std::vector<float> x = Random(200'000, 1), row = Random(400, 2);
  testing::ExpectSameBits([&] {
    std::vector<float> out(x.size());
    ApplyBinary(Binary::kDiv, x, row, {{500, 400, 0}, {400, 1, 1}}, out);
    std::vector<float> sigmoid(x.size());
    ApplyUnary(Unary::kSigmoid, out, 0, 0, sigmoid);
    return sigmoid;
  });
}

TEST(Order, TheBestOfEachRow) {
  const std::vector<float> x{3, 9, 9, 1, NAN, -2, -1, -2};
  std::vector<int32_t> best(2);
  ArgBestRows(x, 4, false, best);
  EXPECT_EQ(best[0], 1);
  ArgBestRows(x, 4, true, best);
  EXPECT_EQ(best[0], 3);
  std::vector<float> values(6);
  std::vector<int32_t> indices(6);
  TopKRows(x, 4, 3, values, indices);
  EXPECT_EQ(values, (std::vector<float>{9, 9, 3, -1, -2, -2}));
  EXPECT_EQ(indices, (std::vector<int32_t>{1, 2, 0, 2, 1, 3}));
  EXPECT_EQ(testing::CodeOf([&] { TopKRows(x, 4, 5, values, indices); }), Code::kShape);
}

TEST(Reduce, Scans) {
  const std::vector<float> x{1, 2, 3, 10, 20, 30};
  std::vector<float> out(6);
  CumulativeSumRows(x, 3, {}, out);
  EXPECT_EQ(out, (std::vector<float>{1, 3, 6, 10, 30, 60}));
  CumulativeSumRows(x, 3, {.exclusive = true, .reversed = true}, out);
  EXPECT_EQ(out, (std::vector<float>{5, 3, 0, 50, 30, 0}));
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
  const auto bytes = [](auto& values) { return std::as_writable_bytes(std::span(values)); };
  const auto read = [](const auto& values) { return std::as_bytes(std::span(values)); };
  CopyStrided(read(x), 0, bytes(out), 0, {{3, 1, 2}, {2, 3, 1}}, 4);
  EXPECT_EQ(out, (std::vector<float>{1, 4, 2, 5, 3, 6}));
  CopyStrided(read(x), 5, bytes(out), 0, {{6, -1, 1}}, 4);
  EXPECT_EQ(out, (std::vector<float>{6, 5, 4, 3, 2, 1}));
  EXPECT_TRUE(Gather({1, 3, 8}, read(x), std::vector<int32_t>{2, 0, 2}, bytes(out)));
  EXPECT_EQ(out, (std::vector<float>{5, 6, 1, 2, 5, 6}));
  EXPECT_TRUE(Gather({2, 3, 4}, read(x), std::vector<int32_t>{2, 0, 2}, bytes(out)));
  EXPECT_EQ(out, (std::vector<float>{3, 1, 3, 6, 4, 6}));
  EXPECT_FALSE(Gather({1, 3, 8}, read(x), std::vector<int32_t>{2, 3, 2}, bytes(out)));
  EXPECT_FALSE(Gather({1, 3, 8}, read(x), std::vector<int32_t>{2, -1, 2}, bytes(out)));
  std::vector<float> block(2);
  CopyStrided(read(x), 1, bytes(block), 0, {{2, 3, 1}}, 4);
  EXPECT_EQ(block, (std::vector<float>{2, 5}));
  const std::vector<float> border{9};
  std::vector<float> padded(12);
  Pad(read(x), read(border), bytes(padded), {{2, 0, 1}, {3, 1, 0}}, 4);
  EXPECT_EQ(padded, (std::vector<float>{9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9}));
  std::vector<float> sums(4);
  SegmentSum(x, 2, std::vector<int32_t>{1, 5, 1}, 2, sums);
  EXPECT_EQ(sums, (std::vector<float>{0, 0, 6, 8}));
}

TEST(Layout, WhatLiesOutsideIsRefused) {
  const std::vector<float> x(6);
  std::vector<float> out(6);
  const auto copy = [&](int64_t start, std::vector<StridedAxis> axes, int64_t to = 0) {
    return testing::CodeOf([&] {
      CopyStrided(std::as_bytes(std::span(x)), start, std::as_writable_bytes(std::span(out)), to,
                  std::move(axes), 4);
    });
  };
  EXPECT_EQ(copy(0, {{7, 1, 1}}), Code::kShape);
  EXPECT_EQ(copy(1, {{6, 1, 1}}), Code::kShape);
  EXPECT_EQ(copy(4, {{6, -1, 1}}), Code::kShape);
  EXPECT_EQ(copy(0, {{6, 1, 1}}, 1), Code::kShape);
  EXPECT_EQ(copy(0, {{2, 3, 1}, {3, 1, 1}}), Code::kShape);  // two elements to one place
  EXPECT_EQ(copy(0, {{int64_t{1} << 39, int64_t{1} << 39, 1}}), Code::kShape);
  EXPECT_EQ(copy(0, {{3, 1, -1}}, 2), Code::kShape);
}

TEST(Layout, StridedCopiesAgreeWithTheDefinition) {
  const std::vector<float> x = Random(60'000, 3);
  const std::vector<std::vector<StridedAxis>> cases{
      {{200, 1, 300}, {300, 200, 1}},                // a transposition
      {{20, 1, 3000}, {50, 20, 60}, {60, 1000, 1}},  // axes in reverse
      {{40, 0, 1500}, {30, 50, 50}, {50, 1, 1}},     // tiled
      {{60, 100, 77}, {77, 1, 1}},                   // a block
      {{100, 1, 3}, {3, 7, 1}},                      // a narrow transposition
      {{60'000, 1, 1}}};
  for (const auto& axes : cases) {
    std::vector<float> out(60'000, -1), want = out;
    int64_t count = 1;
    for (const auto& axis : axes) count *= axis.size;
    for (int64_t i = 0; i < count; ++i) {
      int64_t rest = i, from = 0, to = 0;
      for (const auto& axis : axes) {
        from += rest % axis.size * axis.from;
        to += rest % axis.size * axis.to;
        rest /= axis.size;
      }
      want[to] = x[from];
    }
    const int before = Threads();
    for (const int threads : {1, 2, 7, before}) {
      SetThreads(threads);
      std::fill(out.begin(), out.end(), -1.0f);
      CopyStrided(std::as_bytes(std::span(x)), 0, std::as_writable_bytes(std::span(out)), 0, axes, 4);
      ASSERT_EQ(out, want);
    }
  }
}

}  // namespace
}  // namespace cohear
