// Elementwise operations with any broadcast.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

// The numbers are the binding's: lib/tensor/kernels/elementwise.ts holds the same order, here and below.
// Those from kGreater on give 0 or 1 as bytes.
enum class Binary {
  kAdd = 0,
  kSub,
  kMul,
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kDiv,  // from here to kEluGradient: f32 alone
  kPow,
  kPrelu,        // x, or y x below 0
  kEluGradient,  // of x = dy and y = elu(...): dy, or dy (y + 1) where y is below 0
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kEqual,
  kNotEqual,
};

enum class Unary {
  kRelu = 0,
  kStep,  // 1 above 0, alpha elsewhere
  kExp,
  kLog,
  kSqrt,
  kRsqrt,
  kSquare,
  kNeg,
  kAbs,
  kSigmoid,
  kTanh,
  kElu,
  kSoftplus,
  kLeakyRelu,  // alpha x below 0
  kRelu6,
  kClip,  // to [alpha, beta]
  kReciprocal,
  kFloor,
  kCeil,
  kRound,  // ties to even
  kSin,
  kCos,
  kExpm1,
  kLog1p,
  kErf,
};

// Steps in the operands along an axis of the output, in elements; 0 where one element serves all of it.
struct BroadcastAxis {
  size_t size, a, b;
};

// out = op(a, b), row-major over axes. NaN in either operand gives NaN, maximum and minimum included.
void ApplyBinary(Binary op, std::span<const float> a, std::span<const float> b,
                 const std::vector<BroadcastAxis>& axes, std::span<float> out);
void ApplyBinary(Binary op, std::span<const int32_t> a, std::span<const int32_t> b,
                 const std::vector<BroadcastAxis>& axes, std::span<int32_t> out);
void Compare(Binary op, std::span<const float> a, std::span<const float> b,
             const std::vector<BroadcastAxis>& axes, std::span<uint8_t> out);
void Compare(Binary op, std::span<const int32_t> a, std::span<const int32_t> b,
             const std::vector<BroadcastAxis>& axes, std::span<uint8_t> out);

// out = op(x); NaN stays NaN.
void ApplyUnary(Unary op, std::span<const float> x, float alpha, float beta, std::span<float> out);

// out[i] = condition[i] ? a[i] : b[i]; the numbers are moved, so any 32-bit type will do.
void Select(std::span<const uint8_t> condition, std::span<const uint32_t> a, std::span<const uint32_t> b,
            std::span<uint32_t> out);

// Conversions as JavaScript's: to int32 towards zero, NaN to 0; to bool what is not 0.
void Cast(std::span<const float> from, std::span<int32_t> to);
void Cast(std::span<const int32_t> from, std::span<float> to);
void Cast(std::span<const uint8_t> from, std::span<float> to);
void Cast(std::span<const uint8_t> from, std::span<int32_t> to);
void Cast(std::span<const float> from, std::span<uint8_t> to);
void Cast(std::span<const int32_t> from, std::span<uint8_t> to);

// out[r][c] = x[r][c] * scale[c] + shift[c]: batch normalisation.
void ScaleShiftRows(std::span<const float> x, std::span<const float> scale, std::span<const float> shift,
                    std::span<float> out);

}  // namespace cohear
