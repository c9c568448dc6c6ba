// Tensor kernels: synchronous, over the arrays of the tfjs backend. Every size is checked in native/tensor.
#include "node/tensor.h"

#include "core/gemm.h"
#include "node/arrays.h"
#include "node/layers.h"
#include "tensor/dense.h"
#include "tensor/normalize.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

Napi::Value GemmInformation(const Napi::CallbackInfo& info) {
  const GemmInfo& gemm = GetGemmInfo();
  auto result = Napi::Object::New(info.Env());
  result.Set("name", gemm.name);
  result.Set("why", gemm.why);
  result.Set("bf16", HasBf16());
  return result;
}

Napi::Value SetBf16(const Napi::CallbackInfo& info) {
  SetMatMulPrecision(ReadBoolean(info[0], "bf16") ? Precision::kBf16 : Precision::kFloat32);
  return info.Env().Undefined();
}

Napi::Value GetBf16(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), MatMulPrecision() == Precision::kBf16);
}

// (a, b, out, bias | null, shape: Uint32Array [m, n, k, transposeA, transposeB, batchA, batchB, activation],
// leak)
Napi::Value MatrixMultiply(const Napi::CallbackInfo& info) {
  const auto shape = View<uint32_t>(info[4], "shape");
  COHEAR_REQUIRE(shape.size() == 9, Code::kShape, "shape: want 9 numbers, got " << shape.size());
  COHEAR_REQUIRE(shape[7] <= static_cast<uint32_t>(Activation::kLeakyRelu), Code::kRange,
                 "activation: " << shape[7] << " is none");
  MatMul({shape[0], shape[1], shape[2], shape[3] != 0, shape[4] != 0, shape[5], shape[6], shape[8] != 0},
         View<float>(info[0], "a"), View<float>(info[1], "b"), MutableView<float>(info[2], "out"),
         OptionalView<float>(info[3], "bias"), static_cast<Activation>(shape[7]),
         static_cast<float>(ReadNumber(info[5], "leak")));
  return info.Env().Undefined();
}

// (y | null, dy, columns, dz | null, dbias | null): relu when y is given
Napi::Value DenseGradient(const Napi::CallbackInfo& info) {
  const auto y = OptionalView<float>(info[0], "y");
  DenseBackward(y, View<float>(info[1], "dy"), ReadCount(info[2], "columns", 1, kMost), !info[0].IsNull(),
                OptionalMutableView<float>(info[3], "dz"), OptionalMutableView<float>(info[4], "dbias"));
  return info.Env().Undefined();
}

Napi::Value Normalize(const Napi::CallbackInfo& info) {
  NormalizeRows(View<float>(info[0], "x"), ReadCount(info[1], "width", 1, kMost),
                static_cast<float>(ReadNumber(info[2], "epsilon")), MutableView<float>(info[3], "out"),
                MutableView<float>(info[4], "norms"));
  return info.Env().Undefined();
}

Napi::Value NormalizeGradient(const Napi::CallbackInfo& info) {
  NormalizeRowsBackward(View<float>(info[0], "y"), View<float>(info[1], "dy"), View<float>(info[2], "norms"),
                        ReadCount(info[3], "width", 1, kMost),
                        static_cast<float>(ReadNumber(info[4], "epsilon")),
                        MutableView<float>(info[5], "dx"));
  return info.Env().Undefined();
}

}  // namespace

void RegisterTensor(Napi::Env env, Napi::Object exports) {
  Export<GemmInformation>(env, exports, "gemmInfo");
  Export<SetBf16>(env, exports, "setBf16");
  Export<GetBf16>(env, exports, "bf16");
  Export<MatrixMultiply>(env, exports, "matMul");
  Export<DenseGradient>(env, exports, "denseGradient");
  Export<Normalize>(env, exports, "normalizeRows");
  Export<NormalizeGradient>(env, exports, "normalizeRowsGradient");
  RegisterSegment(env, exports);
  RegisterRowFile(env, exports);
  RegisterKernels(env, exports);
  RegisterLoss(env, exports);
  RegisterOptimizers(env, exports);
}

}  // namespace cohear::node
