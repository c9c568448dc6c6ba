// The loops of the elementwise operations on f32, for kernels that run several of them over one block. They
// give an element the same bits wherever they are run.
#pragma once
#include "tensor/elementwise.h"

namespace cohear {

// An operand marked `one` is a single number for all `size` elements; out overlaps neither.
using BinaryLoop = void (*)(const float* a, bool a_one, const float* b, bool b_one, float* out, size_t size);
using UnaryLoop = void (*)(const float* x, float alpha, float beta, float* out, size_t size);

BinaryLoop FloatLoop(Binary op);  // of those before kGreater
UnaryLoop LoopOf(Unary op);

}  // namespace cohear
