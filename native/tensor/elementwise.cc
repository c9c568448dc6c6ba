#include "tensor/elementwise.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"
#include "tensor/math.h"

namespace cohear {

// One loop over `size` elements; an operand marked `one` is a single number for all of them.
#define COHEAR_BINARY(Name, expression)                                                               \
  COHEAR_SIMD void Name(const float* __restrict a, bool a_one, const float* __restrict b, bool b_one, \
                        float* __restrict out, size_t size) {                                         \
    if (!a_one && !b_one) {                                                                           \
      for (size_t i = 0; i < size; ++i) {                                                             \
        const float x = a[i], y = b[i];                                                               \
        out[i] = expression;                                                                          \
      }                                                                                               \
    } else if (b_one) {                                                                               \
      const float y = *b;                                                                             \
      for (size_t i = 0; i < size; ++i) {                                                             \
        const float x = a[a_one ? 0 : i];                                                             \
        out[i] = expression;                                                                          \
      }                                                                                               \
    } else {                                                                                          \
      const float x = *a;                                                                             \
      for (size_t i = 0; i < size; ++i) {                                                             \
        const float y = b[i];                                                                         \
        out[i] = expression;                                                                          \
      }                                                                                               \
    }                                                                                                 \
  }
COHEAR_BINARY(AddLoop, x + y)
COHEAR_BINARY(SubLoop, x - y)
COHEAR_BINARY(MulLoop, x* y)
COHEAR_BINARY(DivLoop, x / y)
COHEAR_BINARY(MaximumLoop, (x > y) | (x != x) ? x : y)
COHEAR_BINARY(MinimumLoop, (x < y) | (x != x) ? x : y)
COHEAR_BINARY(SquaredDifferenceLoop, (x - y) * (x - y))
#undef COHEAR_BINARY

#define COHEAR_UNARY(Name, expression)                                                                 \
  COHEAR_SIMD void Name(const float* __restrict in, float alpha, float* __restrict out, size_t size) { \
    for (size_t i = 0; i < size; ++i) {                                                                \
      const float x = in[i];                                                                           \
      out[i] = expression;                                                                             \
    }                                                                                                  \
  }
COHEAR_UNARY(ReluLoop, x <= 0.0f ? 0.0f : x)
COHEAR_UNARY(StepLoop, x > 0.0f ? 1.0f : x != x ? x : alpha)
COHEAR_UNARY(ExpLoop, Exp(x))
COHEAR_UNARY(LogLoop, std::log(x))
COHEAR_UNARY(SqrtLoop, std::sqrt(x))
COHEAR_UNARY(RsqrtLoop, 1.0f / std::sqrt(x))
COHEAR_UNARY(SquareLoop, x* x)
COHEAR_UNARY(NegLoop, -x)
COHEAR_UNARY(AbsLoop, std::abs(x))
COHEAR_UNARY(SigmoidLoop, 1.0f / (1.0f + Exp(-x)))
#undef COHEAR_UNARY

namespace {

constexpr size_t kGrain = 1 << 15;

using BinaryLoop = void (*)(const float*, bool, const float*, bool, float*, size_t);
using UnaryLoop = void (*)(const float*, float, float*, size_t);

BinaryLoop LoopOf(Binary op) {
  switch (op) {
    case Binary::kAdd: return AddLoop;
    case Binary::kSub: return SubLoop;
    case Binary::kMul: return MulLoop;
    case Binary::kDiv: return DivLoop;
    case Binary::kMaximum: return MaximumLoop;
    case Binary::kMinimum: return MinimumLoop;
    case Binary::kSquaredDifference: return SquaredDifferenceLoop;
  }
  COHEAR_ASSERT(false, "an unknown binary operation");
}

UnaryLoop LoopOf(Unary op) {
  switch (op) {
    case Unary::kRelu: return ReluLoop;
    case Unary::kStep: return StepLoop;
    case Unary::kExp: return ExpLoop;
    case Unary::kLog: return LogLoop;
    case Unary::kSqrt: return SqrtLoop;
    case Unary::kRsqrt: return RsqrtLoop;
    case Unary::kSquare: return SquareLoop;
    case Unary::kNeg: return NegLoop;
    case Unary::kAbs: return AbsLoop;
    case Unary::kSigmoid: return SigmoidLoop;
  }
  COHEAR_ASSERT(false, "an unknown unary operation");
}

struct Operand {
  const float* data;
  size_t row_step, column_step;  // 0 where the same number serves all
  const float* at(size_t row, size_t column) const { return data + row * row_step + column * column_step; }
};

Operand MakeOperand(std::span<const float> values, Spread spread, size_t rows, size_t columns) {
  const bool by_row = spread == Spread::kFull || spread == Spread::kColumn;
  const bool by_column = spread == Spread::kFull || spread == Spread::kRow;
  const size_t want = (by_row ? rows : 1) * (by_column ? columns : 1);
  COHEAR_REQUIRE(values.size() == want, Code::kShape,
                 "elementwise: an operand has " << values.size() << " numbers, want " << want);
  return {values.data(), by_row ? (by_column ? columns : 1) : 0, by_column ? size_t{1} : 0};
}

}  // namespace

void ApplyBinary(Binary op, std::span<const float> a, Spread a_spread, std::span<const float> b,
                 Spread b_spread, size_t rows, size_t columns, std::span<float> out) {
  COHEAR_REQUIRE(out.size() == rows * columns, Code::kShape,
                 "elementwise: out has " << out.size() << " numbers, want " << rows << " x " << columns);
  const auto uniform = [](Spread s) { return s == Spread::kFull || s == Spread::kScalar; };
  if (uniform(a_spread) && uniform(b_spread)) {  // one long row
    columns *= rows;
    rows = 1;
  }
  const Operand x = MakeOperand(a, a_spread, rows, columns), y = MakeOperand(b, b_spread, rows, columns);
  const BinaryLoop loop = LoopOf(op);
  const auto run = [&](size_t row, size_t column, size_t size) {
    loop(x.at(row, column), x.column_step == 0, y.at(row, column), y.column_step == 0,
         out.data() + row * columns + column, size);
  };
  if (rows == 1) {
    ParallelFor(columns, kGrain, [&](size_t begin, size_t end) { run(0, begin, end - begin); });
  } else {
    ParallelFor(rows, std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)),
                [&](size_t begin, size_t end) {
                  for (size_t row = begin; row < end; ++row) run(row, 0, columns);
                });
  }
}

void ApplyUnary(Unary op, std::span<const float> x, float alpha, std::span<float> out) {
  COHEAR_REQUIRE(x.size() == out.size(), Code::kShape,
                 "elementwise: " << x.size() << " numbers into " << out.size());
  const UnaryLoop loop = LoopOf(op);
  ParallelFor(x.size(), kGrain, [&](size_t begin, size_t end) {
    loop(x.data() + begin, alpha, out.data() + begin, end - begin);
  });
}

}  // namespace cohear
