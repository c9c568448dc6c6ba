#include "tensor/fused.h"

#include <limits>

#include "tensor/elementwise.h"
#include "tensor/reduce.h"
#include "testing.h"

namespace cohear {
namespace {

using Kind = FusedOperand::Kind;
using Form = FusedStep::Form;
using testing::Random;

FusedStep Two(Binary op, FusedOperand a, FusedOperand b) {
  return {Form::kBinary, static_cast<uint32_t>(op), a, b, 0, 0, false};
}
FusedStep One(Unary op, FusedOperand x, float alpha = 0) {
  return {Form::kUnary, static_cast<uint32_t>(op), x, {}, alpha, 0, false};
}

FusedStep OfRows(RowReduction op, FusedOperand x) {
  return {Form::kReduction, static_cast<uint32_t>(op), x, {}, 0, 0, true};
}
FusedStep ForRows(FusedStep step) {
  step.column = true;
  return step;
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
}

TEST(Fused, ReductionsOfRowsByHand) {
  const std::vector<float> x{1, 2, 6, 4, 8, 0}, row{1, 0, 2}, column{10, 20}, two{2};
  std::vector<float> greatest(2), mean(2), scaled(2), out(6), sums(2);
  // The rows' greatest, twice their means plus a number for each, x less that, and the sum of -(x - ...) *
  // row
  RunFused({2,
            3,
            {OfRows(RowReduction::kMax, {Kind::kFull, 0}), OfRows(RowReduction::kMean, {Kind::kFull, 0}),
             ForRows(Two(Binary::kMul, {Kind::kStep, 1}, {Kind::kScalar, 3})),
             ForRows(Two(Binary::kAdd, {Kind::kStep, 2}, {Kind::kColumn, 2})),
             Two(Binary::kSub, {Kind::kFull, 0}, {Kind::kStep, 3}),
             Two(Binary::kMul, {Kind::kStep, 4}, {Kind::kRow, 1}), One(Unary::kNeg, {Kind::kStep, 5}),
             OfRows(RowReduction::kSum, {Kind::kStep, 6})},
            {x, row, column, two},
            {greatest, mean, {}, scaled, out, {}, {}, sums}});
  EXPECT_EQ(greatest, (std::vector<float>{6, 8}));
  EXPECT_EQ(mean, (std::vector<float>{3, 4}));
  EXPECT_EQ(scaled, (std::vector<float>{16, 28}));
  EXPECT_EQ(out, (std::vector<float>{-15, -14, -10, -24, -20, -28}));
  EXPECT_EQ(sums, (std::vector<float>{35, 80}));
}

TEST(Fused, OutputsMayLieOverWhatIsReadNoMore) {
  std::vector<float> a{1, 2, 3, 4}, b{5, 6, 7, 8};
  // a = a * 2, b = b + a
  FusedProgram program{1,
                       4,
                       {Two(Binary::kAdd, {Kind::kFull, 0}, {Kind::kFull, 0}),
                        Two(Binary::kAdd, {Kind::kFull, 1}, {Kind::kStep, 0})},
                       {a, b},
                       {a, b}};
  RunFused(program);
  EXPECT_EQ(a, (std::vector<float>{2, 4, 6, 8}));
  EXPECT_EQ(b, (std::vector<float>{7, 10, 13, 16}));
  program.steps[1].a.index = 0;
  EXPECT_EQ(testing::CodeOf([&] { RunFused(program); }), Code::kValue);
  // e^(x - 1) is one loop, but for an x that is overwritten between the two.
  std::vector<float> x{1, 1, 1, 1}, out(4);
  const std::vector<float> one{1};
  RunFused({1,
            4,
            {Two(Binary::kSub, {Kind::kFull, 0}, {Kind::kScalar, 1}),
             Two(Binary::kAdd, {Kind::kFull, 0}, {Kind::kFull, 0}), One(Unary::kExp, {Kind::kStep, 0})},
            {x, one},
            {{}, x, out}});
  EXPECT_EQ(x, (std::vector<float>{2, 2, 2, 2}));
  EXPECT_EQ(out, (std::vector<float>{1, 1, 1, 1}));
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
  // A number for each row of a whole matrix; a reduction that is none, or of one number for each row.
  EXPECT_EQ(run(ForRows(One(Unary::kExp, {Kind::kFull, 0})), {}), Code::kShape);
  FusedStep reduction = OfRows(RowReduction::kMax, {Kind::kFull, 0});
  EXPECT_EQ(run(reduction, out), Code::kShape);
  reduction.column = false;
  EXPECT_EQ(run(reduction, {}), Code::kShape);
  EXPECT_EQ(run(OfRows(static_cast<RowReduction>(3), {Kind::kFull, 0}), {}), Code::kRange);
  EXPECT_EQ(testing::CodeOf([&] {
              RunFusedSum({2, 3, {One(Unary::kExp, {Kind::kFull, 0})}, {x}, {{}}}, 1);
            }),
            Code::kShape);
}

// The loss of a softmax over rows and its gradient, in one pass and step by step.
TEST(Fused, SameBitsAsOneAfterTheOtherAtAnyNumberOfThreads) {
  constexpr size_t kRows = 150, kColumns = 1300;
  const std::vector<float> labels = Random(kRows * kColumns, 2);
  std::vector<float> x = Random(kRows * kColumns, 1);
  x[5 * kColumns + 7] = 200;  // e^(x - 200) is 0
  x[6 * kColumns + 8] = std::numeric_limits<float>::quiet_NaN();
  const BroadcastAxis rows{kRows, kColumns, 1}, columns{kColumns, 1, 0};
  const std::vector<BroadcastAxis> each{{x.size(), 1, 1}}, of_rows{{kRows, 1, 1}};
  const auto full = [&] { return std::vector<float>(x.size()); };
  const auto one = [&] { return std::vector<float>(kRows); };
  std::vector<float> most = one(), moved = full(), raised = full(), sums = one(), logs = one(), shift = one(),
                     result = full(), products = full(), negative = full(), loss = one(), gradient = full();
  {
    const FlushDenormals as_in_a_grain;
    MaxRows(x, kColumns, most);
    ApplyBinary(Binary::kSub, x, most, {rows, columns}, moved);
    ApplyUnary(Unary::kExp, moved, 0, 0, raised);
    SumRows(raised, kColumns, 1, sums);
    ApplyUnary(Unary::kLog, sums, 0, 0, logs);
    ApplyBinary(Binary::kAdd, most, logs, of_rows, shift);
    ApplyBinary(Binary::kSub, x, shift, {rows, columns}, result);
    ApplyBinary(Binary::kMul, result, labels, each, products);
    ApplyUnary(Unary::kNeg, products, 0, 0, negative);
    SumRows(negative, kColumns, 1, loss);
    ApplyUnary(Unary::kExp, result, 0, 0, raised);
    ApplyBinary(Binary::kSub, raised, labels, each, gradient);
  }
  const auto bits = [](const std::vector<float>& values) {
    std::vector<uint32_t> words(values.size());
    std::memcpy(words.data(), values.data(), values.size() * sizeof(float));
    return words;
  };
  testing::ExpectSameBits([&] {
    std::vector<float> out = full(), losses = one(), shifts = one(), kept = full();
    FusedProgram program{
        kRows,
        kColumns,
        {OfRows(RowReduction::kMax, {Kind::kFull, 0}), Two(Binary::kSub, {Kind::kFull, 0}, {Kind::kStep, 0}),
         One(Unary::kExp, {Kind::kStep, 1}), OfRows(RowReduction::kSum, {Kind::kStep, 2}),
         ForRows(One(Unary::kLog, {Kind::kStep, 3})),
         ForRows(Two(Binary::kAdd, {Kind::kStep, 0}, {Kind::kStep, 4})),
         Two(Binary::kSub, {Kind::kFull, 0}, {Kind::kStep, 5}),
         Two(Binary::kMul, {Kind::kStep, 6}, {Kind::kFull, 1}), One(Unary::kNeg, {Kind::kStep, 7}),
         OfRows(RowReduction::kSum, {Kind::kStep, 8})},
        {x, labels},
        {{}, {}, {}, {}, {}, shifts, {}, {}, {}, losses}};
    RunFused(program);
    EXPECT_EQ(bits(shifts), bits(shift));
    EXPECT_EQ(bits(losses), bits(loss));
    program.outputs[6] = kept;  // what is wanted is not folded away
    RunFused(program);
    EXPECT_EQ(bits(kept), bits(result));
    EXPECT_EQ(bits(losses), bits(loss));
    program.steps.resize(7);
    program.steps.push_back(One(Unary::kExp, {Kind::kStep, 6}));
    program.steps.push_back(Two(Binary::kSub, {Kind::kStep, 7}, {Kind::kFull, 1}));
    program.outputs = {{}, {}, {}, {}, {}, {}, {}, {}, out};
    RunFused(program);
    EXPECT_EQ(bits(out), bits(gradient));
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
    out[0] = RunFusedSum({1, x.size(), {One(Unary::kSquare, {Kind::kFull, 0})}, {x}, {{}}}, 1);
    EXPECT_EQ(out, want);
    return out;
  });
}

}  // namespace
}  // namespace cohear
