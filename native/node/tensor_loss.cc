#include "node/tensor.h"
#include "tensor/max_margin.h"
#include "tensor/sampled_softmax.h"

namespace cohear::node {
namespace {

MarginPairs Pairs(const Napi::CallbackInfo& info, size_t at) {
  return {View<Row>(info[at], "anchors"), View<Row>(info[at + 1], "positives"),
          View<Row>(info[at + 2], "negatives")};
}

// (z, rows, width, anchors, positives, negatives, margin, active: Uint8Array written) -> loss
Napi::Value Margin(const Napi::CallbackInfo& info) {
  const MarginLoss result = MaxMargin(View<float>(info[0], "z"), ReadCount(info[1], "rows", 0, UINT32_MAX),
                                      ReadCount(info[2], "width", 0, UINT32_MAX), Pairs(info, 3),
                                      static_cast<float>(ReadNumber(info[6], "margin")));
  const auto active = MutableView<uint8_t>(info[7], "active");
  COHEAR_REQUIRE(active.size() == result.active.size(), Code::kShape,
                 "active: want " << result.active.size() << " numbers, got " << active.size());
  std::copy(result.active.begin(), result.active.end(), active.begin());
  return Napi::Number::New(info.Env(), result.loss);
}

// (z, rows, width, anchors, positives, negatives, active, scale, dz)
Napi::Value MarginGradient(const Napi::CallbackInfo& info) {
  MaxMarginBackward(View<float>(info[0], "z"), ReadCount(info[1], "rows", 0, UINT32_MAX),
                    ReadCount(info[2], "width", 0, UINT32_MAX), Pairs(info, 3),
                    View<uint8_t>(info[6], "active"), static_cast<float>(ReadNumber(info[7], "scale")),
                    MutableView<float>(info[8], "dz"));
  return info.Env().Undefined();
}

SoftmaxItems Items(const Napi::Value& value, const char* name) {
  if (value.IsNull()) return {};
  const Napi::Object items = ReadObject(value, name);
  return {View<float>(items.Get("rows"), "items"),
          OptionalView<float>(items.Get("logQ"), "logQ"),
          OptionalView<float>(items.Get("bias"), "item bias"),
          View<uint32_t>(items.Get("ids"), "item ids"),
          OptionalMutableView<float>(items.Get("gradient"), "item gradient"),
          OptionalMutableView<float>(items.Get("biasGradient"), "item bias gradient")};
}

// (users, width, temperature, items, extra | null, weights | null, positive offsets | null, positive ids |
// null,
//  user gradient | null) -> loss
Napi::Value Softmax(const Napi::CallbackInfo& info) {
  SoftmaxArgs args;
  args.users = View<float>(info[0], "users");
  args.width = ReadCount(info[1], "width", 0, UINT32_MAX);
  args.temperature = static_cast<float>(ReadNumber(info[2], "temperature"));
  args.items = Items(info[3], "items");
  args.extra = Items(info[4], "negatives");
  args.weights = OptionalView<float>(info[5], "weights");
  args.positives = {OptionalView<Offset>(info[6], "positives.offsets"),
                    OptionalView<Row>(info[7], "positives.ids")};
  args.users_gradient = OptionalMutableView<float>(info[8], "user gradient");
  return Napi::Number::New(info.Env(), SampledSoftmax(args));
}

}  // namespace

void RegisterLoss(Napi::Env env, Napi::Object exports) {
  Export<Margin>(env, exports, "maxMargin");
  Export<MarginGradient>(env, exports, "maxMarginGradient");
  Export<Softmax>(env, exports, "sampledSoftmax");
}

}  // namespace cohear::node
