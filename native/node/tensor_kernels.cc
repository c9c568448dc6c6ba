// The tfjs kernels that are plain loops: elementwise, reductions, layout.
#include "node/tensor.h"
#include "tensor/elementwise.h"
#include "tensor/layout.h"
#include "tensor/reduce.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

// (op, a, spread of a, b, spread of b, rows, columns, out)
Napi::Value BinaryOp(const Napi::CallbackInfo& info) {
  ApplyBinary(static_cast<Binary>(ReadCount(info[0], "op", 0, 6)), View<float>(info[1], "a"),
              static_cast<Spread>(ReadCount(info[2], "spread", 0, 3)), View<float>(info[3], "b"),
              static_cast<Spread>(ReadCount(info[4], "spread", 0, 3)), ReadCount(info[5], "rows", 0, kMost),
              ReadCount(info[6], "columns", 0, kMost), MutableView<float>(info[7], "out"));
  return info.Env().Undefined();
}

// (op, x, alpha, out)
Napi::Value UnaryOp(const Napi::CallbackInfo& info) {
  ApplyUnary(static_cast<Unary>(ReadCount(info[0], "op", 0, 9)), View<float>(info[1], "x"),
             static_cast<float>(ReadNumber(info[2], "alpha")), MutableView<float>(info[3], "out"));
  return info.Env().Undefined();
}

// (kind: 0 sum of rows, 1 sum of columns, 2 max of rows, 3 softmax of rows; x, columns, scale, out)
Napi::Value Reduce(const Napi::CallbackInfo& info) {
  const uint64_t kind = ReadCount(info[0], "kind", 0, 3);
  const auto x = View<float>(info[1], "x");
  const size_t columns = ReadCount(info[2], "columns", 0, kMost);
  const double scale = ReadNumber(info[3], "scale");
  const auto out = MutableView<float>(info[4], "out");
  if (kind == 0) SumRows(x, columns, scale, out);
  if (kind == 1) SumColumns(x, columns, scale, out);
  if (kind == 2) MaxRows(x, columns, out);
  if (kind == 3) SoftmaxRows(x, columns, out);
  return info.Env().Undefined();
}

// (x, rows, columns, out)
Napi::Value TransposeMatrix(const Napi::CallbackInfo& info) {
  Transpose(View<float>(info[0], "x"), ReadCount(info[1], "rows", 0, kMost),
            ReadCount(info[2], "columns", 0, kMost), MutableView<float>(info[3], "out"));
  return info.Env().Undefined();
}

// (x, rows, width, indices, out) -> whether every index was a row
Napi::Value Gather(const Napi::CallbackInfo& info) {
  const bool inside = GatherRows(View<float>(info[0], "x"), ReadCount(info[1], "rows", 0, kMost),
                                 ReadCount(info[2], "width", 0, kMost), View<int32_t>(info[3], "indices"),
                                 MutableView<float>(info[4], "out"));
  return Napi::Boolean::New(info.Env(), inside);
}

// (parts, widths, rows, out)
Napi::Value Concat(const Napi::CallbackInfo& info) {
  const Napi::Array list = ReadList(info[0], "parts");
  std::vector<std::span<const float>> parts(list.Length());
  for (uint32_t i = 0; i < parts.size(); ++i) parts[i] = View<float>(list.Get(i), "part");
  ConcatColumns(parts, View<uint32_t>(info[1], "widths"), ReadCount(info[2], "rows", 0, kMost),
                MutableView<float>(info[3], "out"));
  return info.Env().Undefined();
}

// (x, width, row, rows, column, columns, out)
Napi::Value Slice(const Napi::CallbackInfo& info) {
  const auto count = [&](size_t at, const char* name) { return ReadCount(info[at], name, 0, kMost); };
  CopyBlock(View<float>(info[0], "x"), count(1, "width"), count(2, "row"), count(3, "rows"),
            count(4, "column"), count(5, "columns"), MutableView<float>(info[6], "out"));
  return info.Env().Undefined();
}

// (x, width, ids, segments, out)
Napi::Value SumOfSegments(const Napi::CallbackInfo& info) {
  SegmentSum(View<float>(info[0], "x"), ReadCount(info[1], "width", 0, kMost), View<int32_t>(info[2], "ids"),
             ReadCount(info[3], "segments", 0, kMost), MutableView<float>(info[4], "out"));
  return info.Env().Undefined();
}

}  // namespace

void RegisterKernels(Napi::Env env, Napi::Object exports) {
  Export<BinaryOp>(env, exports, "binary");
  Export<UnaryOp>(env, exports, "unary");
  Export<Reduce>(env, exports, "reduce");
  Export<TransposeMatrix>(env, exports, "transpose");
  Export<Gather>(env, exports, "gatherRows");
  Export<Concat>(env, exports, "concatColumns");
  Export<Slice>(env, exports, "copyBlock");
  Export<SumOfSegments>(env, exports, "segmentSum");
}

}  // namespace cohear::node
