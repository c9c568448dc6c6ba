#include "node/tensor.h"
#include "tensor/adagrad.h"
#include "tensor/adam.h"

namespace cohear::node {
namespace {

// ([value, gradient, first, second, out, value, ...], Float64Array of the options) -> global norm
Napi::Value Adam(const Napi::CallbackInfo& info) {
  const Napi::Array list = ReadList(info[0], "parameters");
  const auto o = View<double>(info[1], "options");
  COHEAR_REQUIRE(list.Length() % 5 == 0, Code::kShape,
                 "adam: want five arrays a parameter, got " << list.Length());
  COHEAR_REQUIRE(o.size() == 7, Code::kShape, "adam: want 7 options, got " << o.size());
  std::vector<AdamParameter> parameters(list.Length() / 5);
  for (uint32_t i = 0; i < parameters.size(); ++i) {
    parameters[i] = {View<float>(list.Get(5 * i), "value"), View<float>(list.Get(5 * i + 1), "gradient"),
                     MutableView<float>(list.Get(5 * i + 2), "first moment"),
                     MutableView<float>(list.Get(5 * i + 3), "second moment"),
                     MutableView<float>(list.Get(5 * i + 4), "out")};
  }
  const double norm = AdamStep(parameters, {o[0], o[1], o[2], o[3], o[4], o[5], static_cast<uint64_t>(o[6])});
  return Napi::Number::New(info.Env(), norm);
}

// ([value, gradient, squares, out, value, ...], Float64Array of the options) -> global norm
Napi::Value Adagrad(const Napi::CallbackInfo& info) {
  const Napi::Array list = ReadList(info[0], "parameters");
  const auto o = View<double>(info[1], "options");
  COHEAR_REQUIRE(
      list.Length() % 4 == 0 && o.size() == 3, Code::kShape,
      "adagrad: want four arrays a parameter and 3 options, got " << list.Length() << " and " << o.size());
  std::vector<AdagradParameter> parameters(list.Length() / 4);
  for (uint32_t i = 0; i < parameters.size(); ++i) {
    parameters[i] = {View<float>(list.Get(4 * i), "value"), View<float>(list.Get(4 * i + 1), "gradient"),
                     MutableView<float>(list.Get(4 * i + 2), "squares"),
                     MutableView<float>(list.Get(4 * i + 3), "out")};
  }
  return Napi::Number::New(info.Env(), AdagradStep(parameters, {o[0], o[1], o[2]}));
}

// (table, squares, width, rows, gradient, learning rate, epsilon)
Napi::Value EmbeddingStep(const Napi::CallbackInfo& info) {
  RowwiseAdagrad(MutableView<float>(info[0], "table"), MutableView<float>(info[1], "squares"),
                 ReadCount(info[2], "width", 1, UINT32_MAX), View<uint32_t>(info[3], "rows"),
                 View<float>(info[4], "gradient"),
                 {ReadNumber(info[5], "learningRate"), ReadNumber(info[6], "epsilon"), 0});
  return info.Env().Undefined();
}

}  // namespace

void RegisterOptimizers(Napi::Env env, Napi::Object exports) {
  Export<Adam>(env, exports, "adamStep");
  Export<Adagrad>(env, exports, "adagradStep");
  Export<EmbeddingStep>(env, exports, "embeddingStep");
}

}  // namespace cohear::node
