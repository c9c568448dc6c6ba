// Elementwise operations over f32, with the broadcasts that models use.
#pragma once
#include <cstddef>
#include <span>

namespace cohear {

// The numbers are the binding's: lib/tensor/kernels/elementwise.ts holds the same order.
enum class Binary { kAdd = 0, kSub, kMul, kDiv, kMaximum, kMinimum, kSquaredDifference };
enum class Unary { kRelu = 0, kStep, kExp, kLog, kSqrt, kRsqrt, kSquare, kNeg, kAbs, kSigmoid };

// How an operand lies over an output of rows x columns.
enum class Spread { kFull = 0, kRow, kColumn, kScalar };  // rows x columns, columns, rows, 1 numbers

// out[r][c] = op(a[r][c], b[r][c]). NaN in either operand gives NaN, maximum and minimum included.
void ApplyBinary(Binary op, std::span<const float> a, Spread a_spread, std::span<const float> b,
                 Spread b_spread, size_t rows, size_t columns, std::span<float> out);

// out = op(x). kStep: 1 above 0, `alpha` elsewhere; NaN stays NaN in all of them.
void ApplyUnary(Unary op, std::span<const float> x, float alpha, std::span<float> out);

}  // namespace cohear
