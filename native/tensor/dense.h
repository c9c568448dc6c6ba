// Matrix product with bias and activation in one pass, and the first half of its gradient.
#pragma once
#include <cstddef>
#include <span>

#include "core/gemm.h"

namespace cohear {

// The numbers are the binding's: lib/tensor/kernels/mat-mul.ts holds the same order.
enum class Activation { kLinear = 0, kRelu = 1, kRelu6 = 2, kSigmoid = 3, kElu = 4, kLeakyRelu = 5 };

struct MatMulShape {
  size_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  size_t batch_a = 1, batch_b = 1;  // equal, or one of them 1 (that matrix is used for all)
  bool accumulate = false;          // add to what out holds, before the bias and the activation
};

// Of every product of the tensor layer from here on; float32 at first. Throws ERR_VALUE for kBf16 on a CPU
// without it.
void SetMatMulPrecision(Precision precision);
Precision MatMulPrecision();

// out[i] = activation([out[i] +] op(a[i]) op(b[i]) + bias), i < max(batch_a, batch_b); densely row-major.
// bias has n numbers, or none. leak is kLeakyRelu's slope below zero. Throws ERR_SHAPE when sizes do not fit.
void MatMul(const MatMulShape& shape, std::span<const float> a, std::span<const float> b,
            std::span<float> out, std::span<const float> bias = {},
            Activation activation = Activation::kLinear, float leak = 0.2f);

// For y = relu(z) or y = z with z = x W + bias and y, dy of [rows, columns]:
//   dz = dy where y > 0 (relu) or dy, and dbias[j] = sum over rows of dz[., j].
// dz may be empty (linear needs no copy), dbias too. Rows are added in fixed chunks combined in order.
void DenseBackward(std::span<const float> y, std::span<const float> dy, size_t columns, bool relu,
                   std::span<float> dz, std::span<float> dbias);

}  // namespace cohear
