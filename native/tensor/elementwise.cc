#include "tensor/elementwise.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"
#include "tensor/elementwise_loops.h"
#include "tensor/math.h"

namespace cohear {

// One loop over `size` elements; an operand marked `one` is a single number for all of them.
#define COHEAR_BINARY(Name, In, Out, expression)                                                \
  COHEAR_SIMD void Name(const In* __restrict a, bool a_one, const In* __restrict b, bool b_one, \
                        Out* __restrict out, size_t size) {                                     \
    if (!a_one && !b_one) {                                                                     \
      for (size_t i = 0; i < size; ++i) {                                                       \
        const In x = a[i], y = b[i];                                                            \
        out[i] = expression;                                                                    \
      }                                                                                         \
    } else if (b_one) {                                                                         \
      const In y = *b;                                                                          \
      for (size_t i = 0; i < size; ++i) {                                                       \
        const In x = a[a_one ? 0 : i];                                                          \
        out[i] = expression;                                                                    \
      }                                                                                         \
    } else {                                                                                    \
      const In x = *a;                                                                          \
      for (size_t i = 0; i < size; ++i) {                                                       \
        const In y = b[i];                                                                      \
        out[i] = expression;                                                                    \
      }                                                                                         \
    }                                                                                           \
  }
#define COHEAR_COMPARISON(Name, expression)       \
  COHEAR_BINARY(Name, float, uint8_t, expression) \
  COHEAR_BINARY(Name, int32_t, uint8_t, expression)

COHEAR_BINARY(AddLoop, float, float, x + y)
COHEAR_BINARY(SubLoop, float, float, x - y)
COHEAR_BINARY(MulLoop, float, float, x* y)
COHEAR_BINARY(MaximumLoop, float, float, (x > y) | (x != x) ? x : y)
COHEAR_BINARY(MinimumLoop, float, float, (x < y) | (x != x) ? x : y)
COHEAR_BINARY(SquaredDifferenceLoop, float, float, (x - y) * (x - y))
COHEAR_BINARY(DivLoop, float, float, x / y)
// As JavaScript: C has pow(1, NaN) = 1 and pow(-1, infinity) = 1.
COHEAR_BINARY(PowLoop, float, float,
              (y != y) | ((x == 1 || x == -1) && std::isinf(y)) ? y - y : std::pow(x, y))
COHEAR_BINARY(PreluLoop, float, float, x < 0 ? y * x : x)
COHEAR_BINARY(EluGradientLoop, float, float, y >= 0 ? x : x * (y + 1.0f))
// Integers wrap around, as they do in an Int32Array.
#define COHEAR_WRAPPED(operation) \
  static_cast<int32_t>(static_cast<uint32_t>(x) operation static_cast<uint32_t>(y))
COHEAR_BINARY(AddLoop, int32_t, int32_t, COHEAR_WRAPPED(+))
COHEAR_BINARY(SubLoop, int32_t, int32_t, COHEAR_WRAPPED(-))
COHEAR_BINARY(MulLoop, int32_t, int32_t, COHEAR_WRAPPED(*))
COHEAR_BINARY(MaximumLoop, int32_t, int32_t, x > y ? x : y)
COHEAR_BINARY(MinimumLoop, int32_t, int32_t, x < y ? x : y)
#undef COHEAR_WRAPPED
COHEAR_COMPARISON(GreaterLoop, x > y)
COHEAR_COMPARISON(GreaterEqualLoop, x >= y)
COHEAR_COMPARISON(LessLoop, x < y)
COHEAR_COMPARISON(LessEqualLoop, x <= y)
COHEAR_COMPARISON(EqualLoop, x == y)
COHEAR_COMPARISON(NotEqualLoop, x != y)
#undef COHEAR_COMPARISON
#undef COHEAR_BINARY

#define COHEAR_UNARY(Name, expression)                                                              \
  COHEAR_SIMD void Name(const float* __restrict in, float alpha, float beta, float* __restrict out, \
                        size_t size) {                                                              \
    for (size_t i = 0; i < size; ++i) {                                                             \
      const float x = in[i];                                                                        \
      out[i] = expression;                                                                          \
    }                                                                                               \
  }
COHEAR_UNARY(ReluLoop, x <= 0.0f ? 0.0f : x)
COHEAR_UNARY(StepLoop, x > 0.0f ? 1.0f : x != x ? x : alpha)
COHEAR_UNARY(LogLoop, std::log(x))
COHEAR_UNARY(SqrtLoop, std::sqrt(x))
COHEAR_UNARY(RsqrtLoop, 1.0f / std::sqrt(x))
COHEAR_UNARY(SquareLoop, x* x)
COHEAR_UNARY(NegLoop, -x)
COHEAR_UNARY(AbsLoop, std::abs(x))
COHEAR_UNARY(SigmoidLoop, 1.0f / (1.0f + Exp(-x)))
COHEAR_UNARY(TanhLoop, std::tanh(x))
COHEAR_UNARY(EluLoop, x >= 0.0f ? x : std::expm1(x))
// log(1 + e^x), which is x or e^x where the other term is lost in rounding.
COHEAR_UNARY(SoftplusLoop, x > 13.9424f ? x : x < -13.9424f ? Exp(x) : std::log1p(Exp(x)))
COHEAR_UNARY(LeakyReluLoop, x < 0.0f ? alpha * x : x)
COHEAR_UNARY(Relu6Loop, x <= 0.0f ? 0.0f : x > 6.0f ? 6.0f : x)
COHEAR_UNARY(ClipLoop, x > beta ? beta : x < alpha ? alpha : x)
COHEAR_UNARY(ReciprocalLoop, 1.0f / x)
COHEAR_UNARY(FloorLoop, std::floor(x))
COHEAR_UNARY(CeilLoop, std::ceil(x))
COHEAR_UNARY(RoundLoop, std::nearbyint(x))
COHEAR_UNARY(SinLoop, std::sin(x))
COHEAR_UNARY(CosLoop, std::cos(x))
COHEAR_UNARY(Expm1Loop, std::expm1(x))
COHEAR_UNARY(Log1pLoop, std::log1p(x))
COHEAR_UNARY(ErfLoop, std::erf(x))
#undef COHEAR_UNARY

COHEAR_SIMD void ExpLoop(const float* __restrict in, float, float, float* __restrict out, size_t size) {
  for (size_t begin = 0; begin < size; begin += kExpPiece)
    ExpPiece(in + begin, 0.0f, out + begin, std::min(kExpPiece, size - begin));
}

COHEAR_SIMD void SelectLoop(const uint8_t* __restrict condition, const uint32_t* __restrict a,
                            const uint32_t* __restrict b, uint32_t* __restrict out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = condition[i] ? a[i] : b[i];
}

COHEAR_SIMD void ScaleShiftLoop(const float* __restrict x, const float* __restrict scale,
                                const float* __restrict shift, float* __restrict out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = x[i] * scale[i] + shift[i];
}

namespace {

constexpr size_t kGrain = 1 << 15;

template <class In, class Out>
using Loop = void (*)(const In*, bool, const In*, bool, Out*, size_t);

}  // namespace

BinaryLoop FloatLoop(Binary op) {
  switch (op) {
    case Binary::kAdd: return AddLoop;
    case Binary::kSub: return SubLoop;
    case Binary::kMul: return MulLoop;
    case Binary::kMaximum: return MaximumLoop;
    case Binary::kMinimum: return MinimumLoop;
    case Binary::kSquaredDifference: return SquaredDifferenceLoop;
    case Binary::kDiv: return DivLoop;
    case Binary::kPow: return PowLoop;
    case Binary::kPrelu: return PreluLoop;
    case Binary::kEluGradient: return EluGradientLoop;
    default: COHEAR_ASSERT(false, "not an operation on f32");
  }
}

UnaryLoop LoopOf(Unary op) {
  constexpr UnaryLoop kLoops[] = {ReluLoop,  StepLoop,       ExpLoop,      LogLoop,       SqrtLoop,
                                  RsqrtLoop, SquareLoop,     NegLoop,      AbsLoop,       SigmoidLoop,
                                  TanhLoop,  EluLoop,        SoftplusLoop, LeakyReluLoop, Relu6Loop,
                                  ClipLoop,  ReciprocalLoop, FloorLoop,    CeilLoop,      RoundLoop,
                                  SinLoop,   CosLoop,        Expm1Loop,    Log1pLoop,     ErfLoop};
  static_assert(std::size(kLoops) == static_cast<size_t>(Unary::kErf) + 1);
  return kLoops[static_cast<size_t>(op)];
}

namespace {

Loop<int32_t, int32_t> IntegerLoop(Binary op) {
  switch (op) {
    case Binary::kAdd: return AddLoop;
    case Binary::kSub: return SubLoop;
    case Binary::kMul: return MulLoop;
    case Binary::kMaximum: return MaximumLoop;
    case Binary::kMinimum: return MinimumLoop;
    default: COHEAR_ASSERT(false, "not an operation on int32");
  }
}

template <class T>
Loop<T, uint8_t> ComparisonLoop(Binary op) {
  switch (op) {
    case Binary::kGreater: return GreaterLoop;
    case Binary::kGreaterEqual: return GreaterEqualLoop;
    case Binary::kLess: return LessLoop;
    case Binary::kLessEqual: return LessEqualLoop;
    case Binary::kEqual: return EqualLoop;
    case Binary::kNotEqual: return NotEqualLoop;
    default: COHEAR_ASSERT(false, "not a comparison");
  }
}

// As few axes as say the same, one at least.
std::vector<BroadcastAxis> Merge(const std::vector<BroadcastAxis>& axes) {
  std::vector<BroadcastAxis> merged;
  for (const BroadcastAxis& axis : axes) {
    if (axis.size == 1) continue;
    if (!merged.empty()) {
      BroadcastAxis& outer = merged.back();
      if (outer.a == axis.a * axis.size && outer.b == axis.b * axis.size) {
        outer = {outer.size * axis.size, axis.a, axis.b};
        continue;
      }
    }
    merged.push_back(axis);
  }
  if (merged.empty()) merged.push_back({1, 0, 0});
  return merged;
}

template <class In, class Out>
void Broadcast(Loop<In, Out> loop, std::span<const In> a, std::span<const In> b,
               const std::vector<BroadcastAxis>& given, std::span<Out> out) {
  size_t count = 1, a_last = 0, b_last = 0;
  for (const BroadcastAxis& axis : given) {
    count *= axis.size;
    if (axis.size > 0) {
      a_last += (axis.size - 1) * axis.a;
      b_last += (axis.size - 1) * axis.b;
    }
  }
  COHEAR_REQUIRE(out.size() == count, Code::kShape,
                 "elementwise: out has " << out.size() << " numbers, want " << count);
  if (count == 0) return;
  COHEAR_REQUIRE(a_last < a.size() && b_last < b.size(), Code::kShape,
                 "elementwise: operands of " << a.size() << " and " << b.size()
                                             << " numbers are too small for their broadcast");
  std::vector<BroadcastAxis> axes = Merge(given);
  if (axes.back().a > 1 || axes.back().b > 1) axes.push_back({1, 0, 0});  // steps inside are 0 or 1
  const BroadcastAxis inner = axes.back();
  axes.pop_back();
  const auto run = [&](size_t row, size_t begin, size_t end) {
    size_t a_at = begin * inner.a, b_at = begin * inner.b, rest = row;
    for (size_t i = axes.size(); i-- > 0;) {
      const size_t at = rest % axes[i].size;
      rest /= axes[i].size;
      a_at += at * axes[i].a;
      b_at += at * axes[i].b;
    }
    loop(a.data() + a_at, inner.a == 0, b.data() + b_at, inner.b == 0, out.data() + row * inner.size + begin,
         end - begin);
  };
  const size_t rows = count / inner.size;
  if (rows == 1) {
    ParallelFor(inner.size, kGrain, [&](size_t begin, size_t end) { run(0, begin, end); });
  } else {
    ParallelFor(rows, std::max<size_t>(1, kGrain / inner.size), [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) run(row, 0, inner.size);
    });
  }
}

template <class From, class To, class Convert>
void CastWith(std::span<const From> from, std::span<To> to, Convert&& convert) {
  COHEAR_REQUIRE(from.size() == to.size(), Code::kShape,
                 "cast: " << from.size() << " numbers into " << to.size());
  ParallelFor(from.size(), kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) to[i] = convert(from[i]);
  });
}

// As an Int32Array stores a double: modulo 2^32.
int32_t ToInteger(float x) {
  if (std::abs(x) < 2147483648.0f) return static_cast<int32_t>(x);
  if (!std::isfinite(x)) return 0;
  const double wrapped = std::fmod(std::trunc(double{x}), 4294967296.0);
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(wrapped)));
}

}  // namespace

void ApplyBinary(Binary op, std::span<const float> a, std::span<const float> b,
                 const std::vector<BroadcastAxis>& axes, std::span<float> out) {
  Broadcast(FloatLoop(op), a, b, axes, out);
}
void ApplyBinary(Binary op, std::span<const int32_t> a, std::span<const int32_t> b,
                 const std::vector<BroadcastAxis>& axes, std::span<int32_t> out) {
  Broadcast(IntegerLoop(op), a, b, axes, out);
}
void Compare(Binary op, std::span<const float> a, std::span<const float> b,
             const std::vector<BroadcastAxis>& axes, std::span<uint8_t> out) {
  Broadcast(ComparisonLoop<float>(op), a, b, axes, out);
}
void Compare(Binary op, std::span<const int32_t> a, std::span<const int32_t> b,
             const std::vector<BroadcastAxis>& axes, std::span<uint8_t> out) {
  Broadcast(ComparisonLoop<int32_t>(op), a, b, axes, out);
}

void ApplyUnary(Unary op, std::span<const float> x, float alpha, float beta, std::span<float> out) {
  COHEAR_REQUIRE(x.size() == out.size(), Code::kShape,
                 "elementwise: " << x.size() << " numbers into " << out.size());
  const UnaryLoop loop = LoopOf(op);
  ParallelFor(x.size(), kGrain, [&](size_t begin, size_t end) {
    loop(x.data() + begin, alpha, beta, out.data() + begin, end - begin);
  });
}

void Select(std::span<const uint8_t> condition, std::span<const uint32_t> a, std::span<const uint32_t> b,
            std::span<uint32_t> out) {
  COHEAR_REQUIRE(a.size() == out.size() && b.size() == out.size() && condition.size() == out.size(),
                 Code::kShape,
                 "select: " << condition.size() << " conditions over " << a.size() << " and " << b.size()
                            << " numbers into " << out.size());
  ParallelFor(out.size(), kGrain, [&](size_t begin, size_t end) {
    SelectLoop(condition.data() + begin, a.data() + begin, b.data() + begin, out.data() + begin, end - begin);
  });
}

void Cast(std::span<const float> from, std::span<int32_t> to) { CastWith(from, to, ToInteger); }
void Cast(std::span<const int32_t> from, std::span<float> to) {
  CastWith(from, to, [](int32_t x) { return static_cast<float>(x); });
}
void Cast(std::span<const uint8_t> from, std::span<float> to) {
  CastWith(from, to, [](uint8_t x) { return static_cast<float>(x); });
}
void Cast(std::span<const uint8_t> from, std::span<int32_t> to) {
  CastWith(from, to, [](uint8_t x) { return static_cast<int32_t>(x); });
}
void Cast(std::span<const float> from, std::span<uint8_t> to) {
  CastWith(from, to, [](float x) { return static_cast<uint8_t>(x != 0); });
}
void Cast(std::span<const int32_t> from, std::span<uint8_t> to) {
  CastWith(from, to, [](int32_t x) { return static_cast<uint8_t>(x != 0); });
}

void ScaleShiftRows(std::span<const float> x, std::span<const float> scale, std::span<const float> shift,
                    std::span<float> out) {
  const size_t columns = scale.size();
  COHEAR_REQUIRE(columns > 0 && shift.size() == columns && x.size() == out.size() && x.size() % columns == 0,
                 Code::kShape,
                 "batchNorm: " << x.size() << " numbers are no rows of " << columns << ", with "
                               << shift.size() << " shifts");
  ParallelFor(x.size() / columns, std::max<size_t>(1, kGrain / columns), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row)
      ScaleShiftLoop(x.data() + row * columns, scale.data(), shift.data(), out.data() + row * columns,
                     columns);
  });
}

}  // namespace cohear
