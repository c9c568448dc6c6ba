#include "node/tensor.h"
#include "tensor/segment.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

CsrView Block(const Napi::CallbackInfo& info) {
  return {View<Offset>(info[0], "offsets"), View<Row>(info[1], "indices")};
}

Aggregate Mode(const Napi::Value& value) { return static_cast<Aggregate>(ReadCount(value, "mode", 0, 2)); }

// (offsets, indices, x, sources, width, mode, weights | null, out, argmax | null, add)
Napi::Value Aggregated(const Napi::CallbackInfo& info) {
  GatherAggregate(Block(info), View<float>(info[2], "x"), ReadCount(info[3], "sources", 0, UINT32_MAX),
                  ReadCount(info[4], "width", 0, kMost), Mode(info[5]),
                  OptionalView<float>(info[6], "weights"), MutableView<float>(info[7], "out"),
                  OptionalMutableView<int32_t>(info[8], "argmax"), info[9].ToBoolean());
  return info.Env().Undefined();
}

SourceTable Table(const Napi::Value& values, const Napi::Value& element, const Napi::Value& scales) {
  const auto kind = static_cast<Element>(ReadCount(element, "element", 1, 3));
  if (kind == Element::kInt8) {
    const auto view = View<int8_t>(values, "values");
    return {kind, view.data(), view.size(), View<float>(scales, "scales")};
  }
  const auto view = View<uint16_t>(values, "values");
  return {kind, view.data(), view.size()};
}

// (offsets, indices, values, element, scales | null, sources, width, mode, weights | null, out)
Napi::Value TableAggregated(const Napi::CallbackInfo& info) {
  GatherAggregate(Block(info), Table(info[2], info[3], info[4]), ReadCount(info[5], "sources", 0, UINT32_MAX),
                  ReadCount(info[6], "width", 0, kMost), Mode(info[7]),
                  OptionalView<float>(info[8], "weights"), MutableView<float>(info[9], "out"), {});
  return info.Env().Undefined();
}

// (x, width, element) -> {values, scales?}
Napi::Value EncodeTable(const Napi::CallbackInfo& info) {
  const auto x = View<float>(info[0], "data");
  const size_t width = ReadCount(info[1], "width", 0, kMost);
  const auto element = static_cast<Element>(ReadCount(info[2], "element", 1, 3));
  auto out = Napi::Object::New(info.Env());
  if (element == Element::kInt8) {
    const Int8Rows rows = EncodeInt8(x, width);
    out.Set("values", ToArray(info.Env(), rows.values));
    out.Set("scales", ToArray(info.Env(), rows.scales));
  } else {
    out.Set("values",
            ToArray(info.Env(), element == Element::kFloat16 ? EncodeFloat16(x) : EncodeBFloat16(x)));
  }
  return out;
}

// (offsets, indices, sources) -> {offsets, edges, targets}
Napi::Value Transposed(const Napi::CallbackInfo& info) {
  const size_t sources = ReadCount(info[2], "sources", 0, UINT32_MAX);
  const CsrView block = Block(info);
  CheckCsr(block, sources, "block");
  const TransposedBlock uses = TransposeBlock(block, sources);
  auto out = Napi::Object::New(info.Env());
  out.Set("offsets", ToArray(info.Env(), uses.offsets));
  out.Set("edges", ToArray(info.Env(), uses.edges));
  out.Set("targets", ToArray(info.Env(), uses.targets));
  return out;
}

// (offsets, indices, dy, sources, width, mode, weights | null, argmax | null, dx, transposed | null)
Napi::Value AggregatedGradient(const Napi::CallbackInfo& info) {
  TransposedView uses;
  if (!info[9].IsNull()) {
    const Napi::Object given = ReadObject(info[9], "transposed");
    uses = {View<Offset>(given.Get("offsets"), "transposed.offsets"),
            View<uint32_t>(given.Get("edges"), "transposed.edges"),
            View<Row>(given.Get("targets"), "transposed.targets")};
  }
  GatherAggregateBackward(Block(info), View<float>(info[2], "dy"),
                          ReadCount(info[3], "sources", 0, UINT32_MAX), ReadCount(info[4], "width", 0, kMost),
                          Mode(info[5]), OptionalView<float>(info[6], "weights"),
                          OptionalView<int32_t>(info[7], "argmax"), MutableView<float>(info[8], "dx"), uses);
  return info.Env().Undefined();
}

}  // namespace

void RegisterSegment(Napi::Env env, Napi::Object exports) {
  Export<Aggregated>(env, exports, "gatherAggregate");
  Export<TableAggregated>(env, exports, "gatherAggregateTable");
  Export<EncodeTable>(env, exports, "encodeTable");
  Export<Transposed>(env, exports, "transposeBlock");
  Export<AggregatedGradient>(env, exports, "gatherAggregateGradient");
}

}  // namespace cohear::node
