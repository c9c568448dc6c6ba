// The tfjs kernels that are plain loops: elementwise, reductions, layout.
#include <cmath>

#include "node/tensor.h"
#include "tensor/elementwise.h"
#include "tensor/fused.h"
#include "tensor/gather.h"
#include "tensor/order.h"
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

std::vector<BroadcastAxis> ReadBroadcast(const Napi::Value& value) {
  const auto numbers = View<double>(value, "axes");
  COHEAR_REQUIRE(numbers.size() % 3 == 0, Code::kShape, "axes: " << numbers.size() << " numbers");
  const auto count = [](double number) {
    const int64_t whole = Whole(number);
    COHEAR_REQUIRE(whole >= 0 && whole <= int64_t{1} << 40, Code::kRange, "axes: " << whole);
    return static_cast<size_t>(whole);
  };
  std::vector<BroadcastAxis> axes;
  for (size_t i = 0; i < numbers.size(); i += 3)
    axes.push_back({count(numbers[i]), count(numbers[i + 1]), count(numbers[i + 2])});
  return axes;
}

// (op, a, b, Float64Array: size, step in a, step in b of each axis, out); a decides the type
Napi::Value BinaryOp(const Napi::CallbackInfo& info) {
  const auto op = static_cast<Binary>(ReadCount(info[0], "op", 0, static_cast<uint64_t>(Binary::kNotEqual)));
  const auto axes = ReadBroadcast(info[3]);
  if (ReadElements(info[1], "a").type == napi_float32_array) {
    const auto a = View<float>(info[1], "a"), b = View<float>(info[2], "b");
    if (op >= Binary::kGreater) {
      Compare(op, a, b, axes, MutableView<uint8_t>(info[4], "out"));
    } else {
      ApplyBinary(op, a, b, axes, MutableView<float>(info[4], "out"));
    }
  } else {
    const auto a = View<int32_t>(info[1], "a"), b = View<int32_t>(info[2], "b");
    if (op >= Binary::kGreater) {
      Compare(op, a, b, axes, MutableView<uint8_t>(info[4], "out"));
    } else {
      ApplyBinary(op, a, b, axes, MutableView<int32_t>(info[4], "out"));
    }
  }
  return info.Env().Undefined();
}

// (op, x, alpha, beta, out)
Napi::Value UnaryOp(const Napi::CallbackInfo& info) {
  const auto op = static_cast<Unary>(ReadCount(info[0], "op", 0, static_cast<uint64_t>(Unary::kErf)));
  ApplyUnary(op, View<float>(info[1], "x"), static_cast<float>(ReadNumber(info[2], "alpha")),
             static_cast<float>(ReadNumber(info[3], "beta")), MutableView<float>(info[4], "out"));
  return info.Env().Undefined();
}

// (rows, columns, steps: Int32Array of [form, op, kind of a, index of a, kind of b, index of b, column] each,
//  Float32Array of [alpha, beta] each, leaves, for each step an output or null)
FusedProgram ReadFused(const Napi::CallbackInfo& info) {
  FusedProgram program{
      ReadCount(info[0], "rows", 0, kMost), ReadCount(info[1], "columns", 0, kMost), {}, {}, {}};
  const auto steps = View<int32_t>(info[2], "steps");
  const auto settings = View<float>(info[3], "settings");
  constexpr size_t kNumbers = 7;
  COHEAR_REQUIRE(steps.size() % kNumbers == 0 && settings.size() == steps.size() / kNumbers * 2, Code::kShape,
                 "fused: " << steps.size() << " numbers of steps, " << settings.size() << " settings");
  const auto operand = [&](size_t at) {
    return FusedOperand{static_cast<FusedOperand::Kind>(steps[at]), static_cast<uint32_t>(steps[at + 1])};
  };
  for (size_t i = 0, at = 0; at < steps.size(); ++i, at += kNumbers)
    program.steps.push_back({static_cast<FusedStep::Form>(steps[at]), static_cast<uint32_t>(steps[at + 1]),
                             operand(at + 2), operand(at + 4), settings[i * 2], settings[i * 2 + 1],
                             steps[at + 6] != 0});
  const Napi::Array leaves = ReadList(info[4], "leaves"), outputs = ReadList(info[5], "outputs");
  for (uint32_t i = 0; i < leaves.Length(); ++i)
    program.leaves.push_back(View<float>(leaves.Get(i), "a leaf"));
  for (uint32_t i = 0; i < outputs.Length(); ++i) {
    const Napi::Value output = outputs.Get(i);
    program.outputs.push_back(output.IsNull() ? std::span<float>{} : MutableView<float>(output, "an output"));
  }
  return program;
}

Napi::Value Fused(const Napi::CallbackInfo& info) {
  RunFused(ReadFused(info));
  return info.Env().Undefined();
}

// As Fused, then (scale); the sum
Napi::Value FusedSum(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), RunFusedSum(ReadFused(info), ReadNumber(info[6], "scale")));
}

std::span<const uint32_t> Words(const Elements& elements, const char* name) {
  COHEAR_REQUIRE(elements.size == 4, Code::kDtype, name << ": want elements of 4 bytes");
  return {reinterpret_cast<const uint32_t*>(elements.bytes.data()), elements.bytes.size() / 4};
}

// (condition, a, b, out)
Napi::Value SelectOp(const Napi::CallbackInfo& info) {
  const Elements a = ReadElements(info[1], "a"), b = ReadElements(info[2], "b"),
                 out = ReadElements(info[3], "out");
  COHEAR_REQUIRE(a.type == b.type && a.type == out.type, Code::kDtype, "select: arrays of different types");
  const auto to = Words(out, "out");
  Select(View<uint8_t>(info[0], "condition"), Words(a, "a"), Words(b, "b"),
         {const_cast<uint32_t*>(to.data()), to.size()});
  return info.Env().Undefined();
}

// (from, to), between Float32Array, Int32Array and Uint8Array
Napi::Value CastOp(const Napi::CallbackInfo& info) {
  const auto from = ReadElements(info[0], "from").type, to = ReadElements(info[1], "to").type;
  const auto cast = [&]<class From, class To>(From, To) {
    Cast(View<From>(info[0], "from"), MutableView<To>(info[1], "to"));
  };
  if (from == napi_float32_array && to == napi_int32_array)
    cast(float{}, int32_t{});
  else if (from == napi_float32_array)
    cast(float{}, uint8_t{});
  else if (from == napi_int32_array && to == napi_float32_array)
    cast(int32_t{}, float{});
  else if (from == napi_int32_array)
    cast(int32_t{}, uint8_t{});
  else if (to == napi_float32_array)
    cast(uint8_t{}, float{});
  else
    cast(uint8_t{}, int32_t{});
  return info.Env().Undefined();
}

// (x, scale, shift, out)
Napi::Value ScaleShift(const Napi::CallbackInfo& info) {
  ScaleShiftRows(View<float>(info[0], "x"), View<float>(info[1], "scale"), View<float>(info[2], "shift"),
                 MutableView<float>(info[3], "out"));
  return info.Env().Undefined();
}

Napi::Value ReduceOfIntegers(const Napi::CallbackInfo& info) {
  using enum IntegerReduction;
  constexpr IntegerReduction kKinds[] = {kSum, kSum, kMax, kMin, kProduct};
  const uint64_t kind = ReadCount(info[0], "kind", 0, 4);
  COHEAR_REQUIRE(kind != 1, Code::kValue, "reduce: no sums of columns of integers");
  ReduceIntegers(kKinds[kind], View<int32_t>(info[1], "x"), ReadCount(info[2], "columns", 0, kMost),
                 MutableView<int32_t>(info[4], "out"));
  return info.Env().Undefined();
}

// (kind, x, columns, scale, out), of f32 or int32 (sums of rows, max, min, product); the kinds are those of
// lib/tensor/kernels/reduce.ts
Napi::Value Reduce(const Napi::CallbackInfo& info) {
  if (ReadElements(info[1], "x").type == napi_int32_array) return ReduceOfIntegers(info);
  const auto x = View<float>(info[1], "x");
  const size_t columns = ReadCount(info[2], "columns", 0, kMost);
  const double scale = ReadNumber(info[3], "scale");
  const auto out = MutableView<float>(info[4], "out");
  switch (ReadCount(info[0], "kind", 0, 5)) {
    case 0: SumRows(x, columns, scale, out); break;
    case 1: SumColumns(x, columns, scale, out); break;
    case 2: MaxRows(x, columns, out); break;
    case 3: MinRows(x, columns, out); break;
    case 4: ProductRows(x, columns, out); break;
    case 5: SoftmaxRows(x, columns, out); break;
  }
  return info.Env().Undefined();
}

// (x, columns, exclusive, reversed, out)
Napi::Value CumulativeSum(const Napi::CallbackInfo& info) {
  CumulativeSumRows(View<float>(info[0], "x"), ReadCount(info[1], "columns", 1, kMost),
                    {ReadBoolean(info[2], "exclusive"), ReadBoolean(info[3], "reversed")},
                    MutableView<float>(info[4], "out"));
  return info.Env().Undefined();
}

// (x, columns, least, out)
Napi::Value ArgBest(const Napi::CallbackInfo& info) {
  ArgBestRows(View<float>(info[0], "x"), ReadCount(info[1], "columns", 1, kMost),
              ReadBoolean(info[2], "least"), MutableView<int32_t>(info[3], "out"));
  return info.Env().Undefined();
}

// (x, columns, k, values, indices)
Napi::Value TopK(const Napi::CallbackInfo& info) {
  TopKRows(View<float>(info[0], "x"), ReadCount(info[1], "columns", 1, kMost),
           ReadCount(info[2], "k", 0, kMost), MutableView<float>(info[3], "values"),
           MutableView<int32_t>(info[4], "indices"));
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
  Export<Fused>(env, exports, "fused");
  Export<FusedSum>(env, exports, "fusedSum");
  Export<SelectOp>(env, exports, "select");
  Export<CastOp>(env, exports, "cast");
  Export<ScaleShift>(env, exports, "scaleShiftRows");
  Export<Reduce>(env, exports, "reduce");
  Export<CumulativeSum>(env, exports, "cumulativeSum");
  Export<ArgBest>(env, exports, "argBest");
  Export<TopK>(env, exports, "topKOfRows");
  Export<StridedCopy>(env, exports, "copyStrided");
  Export<PadArray>(env, exports, "pad");
  Export<GatherRows>(env, exports, "gatherRows");
  Export<SumOfSegments>(env, exports, "segmentSum");
}

}  // namespace cohear::node
