#include "node/tensor.h"
#include "tensor/segment.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

CsrView Block(const Napi::CallbackInfo& info) {
  return {View<Offset>(info[0], "offsets"), View<Row>(info[1], "indices")};
}

Aggregate Mode(const Napi::Value& value) { return static_cast<Aggregate>(ReadCount(value, "mode", 0, 2)); }

// (offsets, indices, x, sources, width, mode, weights | null, out, argmax | null)
Napi::Value Aggregated(const Napi::CallbackInfo& info) {
  GatherAggregate(Block(info), View<float>(info[2], "x"), ReadCount(info[3], "sources", 0, UINT32_MAX),
                  ReadCount(info[4], "width", 0, kMost), Mode(info[5]),
                  OptionalView<float>(info[6], "weights"), MutableView<float>(info[7], "out"),
                  OptionalMutableView<int32_t>(info[8], "argmax"));
  return info.Env().Undefined();
}

// (offsets, indices, dy, sources, width, mode, weights | null, argmax | null, dx)
Napi::Value AggregatedGradient(const Napi::CallbackInfo& info) {
  GatherAggregateBackward(Block(info), View<float>(info[2], "dy"),
                          ReadCount(info[3], "sources", 0, UINT32_MAX), ReadCount(info[4], "width", 0, kMost),
                          Mode(info[5]), OptionalView<float>(info[6], "weights"),
                          OptionalView<int32_t>(info[7], "argmax"), MutableView<float>(info[8], "dx"));
  return info.Env().Undefined();
}

}  // namespace

void RegisterSegment(Napi::Env env, Napi::Object exports) {
  Export<Aggregated>(env, exports, "gatherAggregate");
  Export<AggregatedGradient>(env, exports, "gatherAggregateGradient");
}

}  // namespace cohear::node
