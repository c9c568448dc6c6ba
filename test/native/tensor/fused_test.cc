#include "tensor/fused.h"

#include "tensor/elementwise.h"
#include "tensor/reduce.h"
#include "testing.h"

namespace cohear {
namespace {

using Kind = FusedOperand::Kind;
using testing::Random;

FusedStep Two(Binary op, FusedOperand a, FusedOperand b) {
  return {true, static_cast<uint32_t>(op), a, b, 0, 0};
}
FusedStep One(Unary op, FusedOperand x, float alpha = 0) {
  return {false, static_cast<uint32_t>(op), x, {}, alpha, 0};
}

TEST(Fused, EveryKindOfOperandByHand) {
  const std::vector<float> full{1, 2, 3, 4, 5, 6}, row{10, 20, 30}, column{100, 200}, two{2};
  std::vector<float> kept(6), out(6);
  // ((full + row) * 2 - column), the sum kept, too
  FusedProgram program{2,
                       3,
                       {Two(Binary::kAdd, {Kind::kFull, 0}, {Kind::kRow, 1}),
                        Two(Binary::kMul, {Kind::kStep, 0}, {Kind::kScalar, 3}),
                        Two(Binary::kSub, {Kind::kStep, 1}, {Kind::kColumn, 2})},
                       {full, row, column, two},
                       {kept, {}, out}};
  RunFused(program);
  EXPECT_EQ(kept, (std::vector<float>{11, 22, 33, 14, 25, 36}));
  EXPECT_EQ(out, (std::vector<float>{-78, -56, -34, -172, -150, -128}));
  std::vector<float> sums(2);
  program.outputs = {{}, {}, {}};
  RunFusedSum(program, 0.5, sums);
  EXPECT_EQ(sums, (std::vector<float>{-84, -225}));
}

TEST(Fused, StepsOverSingleNumbersFillTheirBlock) {
  const std::vector<float> column{1, 2}, scalar{3};
  std::vector<float> out(4);
  RunFused({2,
            2,
            {Two(Binary::kAdd, {Kind::kColumn, 0}, {Kind::kScalar, 1}), One(Unary::kNeg, {Kind::kScalar, 1}),
             Two(Binary::kMul, {Kind::kStep, 0}, {Kind::kStep, 1})},
            {column, scalar},
            {{}, {}, out}});
  EXPECT_EQ(out, (std::vector<float>{-12, -12, -15, -15}));
}

TEST(Fused, RefusesWhatDoesNotFit) {
  const std::vector<float> x(6);
  std::vector<float> out(6), small(5);
  const auto run = [&](FusedStep step, std::span<float> output) {
    return testing::CodeOf([&] { RunFused({2, 3, {step}, {x}, {output}}); });
  };
  EXPECT_EQ(run(One(Unary::kExp, {Kind::kFull, 0}), small), Code::kShape);
  EXPECT_EQ(run(One(Unary::kExp, {Kind::kRow, 0}), out), Code::kShape);
  EXPECT_EQ(run(One(Unary::kExp, {Kind::kFull, 1}), out), Code::kRange);
  EXPECT_EQ(run(One(Unary::kExp, {Kind::kStep, 0}), out), Code::kRange);
  EXPECT_EQ(run(Two(Binary::kGreater, {Kind::kFull, 0}, {Kind::kFull, 0}), out), Code::kRange);
  EXPECT_EQ(testing::CodeOf([] { RunFused({2, 3, {}, {}, {}}); }), Code::kRange);
}

// The softmax of rows step by step, in one pass and one after the other, its sums too.
TEST(Fused, SameBitsAsOneAfterTheOtherAtAnyNumberOfThreads) {
  constexpr size_t kRows = 150, kColumns = 1300;
  const std::vector<float> x = Random(kRows * kColumns, 1), shift = Random(kRows, 2),
                           scale = Random(kColumns, 3);
  const BroadcastAxis rows{kRows, kColumns, 1}, columns{kColumns, 1, 0};
  std::vector<float> moved(x.size()), raised(x.size()), want(x.size()), want_sums(kRows);
  ApplyBinary(Binary::kSub, x, shift, {rows, columns}, moved);
  ApplyUnary(Unary::kExp, moved, 0, 0, raised);
  ApplyBinary(Binary::kMul, raised, scale, {{kRows, kColumns, 0}, {kColumns, 1, 1}}, want);
  SumRows(want, kColumns, 1, want_sums);
  testing::ExpectSameBits([&] {
    std::vector<float> out(x.size()), sums(kRows);
    FusedProgram program{
        kRows,
        kColumns,
        {Two(Binary::kSub, {Kind::kFull, 0}, {Kind::kColumn, 1}), One(Unary::kExp, {Kind::kStep, 0}),
         Two(Binary::kMul, {Kind::kStep, 1}, {Kind::kRow, 2})},
        {x, shift, scale},
        {{}, {}, out}};
    RunFused(program);
    EXPECT_EQ(out, want);
    for (const std::span<float> kept : {std::span<float>{}, std::span<float>(out)}) {
      program.outputs.back() = kept;
      RunFusedSum(program, 1, sums);
      EXPECT_EQ(sums, want_sums);
    }
    return out;
  });
}

TEST(Fused, TheSumOfOneLongRow) {
  const std::vector<float> x = Random(100'000, 4);
  std::vector<float> squares(x.size()), want(1);
  ApplyUnary(Unary::kSquare, x, 0, 0, squares);
  SumRows(squares, x.size(), 1, want);
  testing::ExpectSameBits([&] {
    std::vector<float> out(1);
    RunFusedSum({1, x.size(), {One(Unary::kSquare, {Kind::kFull, 0})}, {x}, {{}}}, 1, out);
    EXPECT_EQ(out, want);
    return out;
  });
}

}  // namespace
}  // namespace cohear
