// The tfjs kernels that are plain loops: elementwise, reductions, layout.
#include <cmath>

#include "node/tensor.h"
#include "tensor/elementwise.h"
#include "tensor/gather.h"
#include "tensor/reduce.h"
#include "tensor/strided.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;

// A whole number that JavaScript holds as a double.
int64_t Whole(double value) {
  COHEAR_REQUIRE(value == std::floor(value) && std::abs(value) <= 9007199254740992.0, Code::kRange,
                 "want a whole number, got " << value);
  return static_cast<int64_t>(value);
}

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

// (from, start, to, start, Float64Array: size, step of from, step of to of each axis)
Napi::Value StridedCopy(const Napi::CallbackInfo& info) {
  const Elements from = ReadElements(info[0], "from"), to = ReadElements(info[2], "to");
  const auto numbers = View<double>(info[4], "axes");
  COHEAR_REQUIRE(from.size == to.size && numbers.size() % 3 == 0, Code::kShape,
                 "copy: elements of " << from.size << " and " << to.size << " bytes, axes of "
                                      << numbers.size() << " numbers");
  std::vector<StridedAxis> axes;
  for (size_t i = 0; i < numbers.size(); i += 3)
    axes.push_back({Whole(numbers[i]), Whole(numbers[i + 1]), Whole(numbers[i + 2])});
  CopyStrided(from.bytes, Whole(ReadNumber(info[1], "start")), to.bytes, Whole(ReadNumber(info[3], "start")),
              std::move(axes), from.size);
  return info.Env().Undefined();
}

// (from, value: an array of one, to, Float64Array: size, before, after of each axis)
Napi::Value PadArray(const Napi::CallbackInfo& info) {
  const Elements from = ReadElements(info[0], "from"), value = ReadElements(info[1], "value"),
                 to = ReadElements(info[2], "to");
  const auto numbers = View<double>(info[3], "axes");
  COHEAR_REQUIRE(from.size == to.size && from.size == value.size && numbers.size() % 3 == 0, Code::kShape,
                 "pad: elements of " << from.size << " and " << to.size << " bytes, axes of "
                                     << numbers.size() << " numbers");
  std::vector<PaddedAxis> axes;
  for (size_t i = 0; i < numbers.size(); i += 3)
    axes.push_back({Whole(numbers[i]), Whole(numbers[i + 1]), Whole(numbers[i + 2])});
  Pad(from.bytes, value.bytes, to.bytes, axes, from.size);
  return info.Env().Undefined();
}

// (x, outer, rows, width, indices, out) -> whether every index was a row
Napi::Value GatherRows(const Napi::CallbackInfo& info) {
  const Elements x = ReadElements(info[0], "x"), out = ReadElements(info[5], "out");
  COHEAR_REQUIRE(x.size == out.size, Code::kDtype, "gather: x and out are of different types");
  const bool inside = Gather({ReadCount(info[1], "outer", 0, kMost), ReadCount(info[2], "rows", 0, kMost),
                              ReadCount(info[3], "width", 0, kMost) * x.size},
                             x.bytes, View<int32_t>(info[4], "indices"), out.bytes);
  return Napi::Boolean::New(info.Env(), inside);
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
  Export<StridedCopy>(env, exports, "copyStrided");
  Export<PadArray>(env, exports, "pad");
  Export<GatherRows>(env, exports, "gatherRows");
  Export<SumOfSegments>(env, exports, "segmentSum");
}

}  // namespace cohear::node
