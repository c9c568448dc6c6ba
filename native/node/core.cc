#include "core/huge_pages.h"
#include "core/pool.h"
#include "core/probe.h"
#include "core/random.h"
#include "core/simd.h"
#include "node/arrays.h"
#include "node/layers.h"

namespace cohear::node {
namespace {

Napi::Value GetThreads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), Threads()); }

Napi::Value PutThreads(const Napi::CallbackInfo& info) {
  SetThreads(static_cast<int>(ReadCount(info[0], "threads", 1, 1024)));
  return info.Env().Undefined();
}

Napi::Value Simd(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), SimdName()); }

Napi::Value PhiloxBlock(const Napi::CallbackInfo& info) {
  const auto counter = View<uint32_t>(info[1], "counter");
  COHEAR_REQUIRE(counter.size() == 4, Code::kShape, "counter: want 4 numbers, got " << counter.size());
  const Counter block = Philox(ReadSeed(info[0], "seed"), {counter[0], counter[1], counter[2], counter[3]});
  return ToArray(info.Env(), std::span<const uint32_t>(block));
}

// (bytes, passes) -> {readBandwidth, randomReads}
Napi::Value Probe(const Napi::CallbackInfo& info) {
  const ProbeOptions options{ReadCount(info[0], "bytes", 4096, uint64_t{4} << 30),
                             static_cast<uint32_t>(ReadCount(info[1], "passes", 1, 100))};
  auto out = Napi::Object::New(info.Env());
  out.Set("readBandwidth", ReadBandwidth(options));
  out.Set("randomReads", RandomReads(options));
  return out;
}

Napi::ArrayBuffer Buffer(const Napi::Value& value) {
  COHEAR_REQUIRE(value.IsArrayBuffer(), Code::kDtype, "buffer: want an ArrayBuffer");
  return value.As<Napi::ArrayBuffer>();
}

Napi::Value BytesToLine(const Napi::CallbackInfo& info) {
  const auto place = reinterpret_cast<uintptr_t>(Buffer(info[0]).Data());
  return Napi::Number::New(info.Env(), static_cast<double>((64 - place % 64) % 64));
}

Napi::Value HugePages(const Napi::CallbackInfo& info) {
  auto buffer = Buffer(info[0]);
  UseHugePages(buffer.Data(), buffer.ByteLength());
  return info.Env().Undefined();
}

}  // namespace

void RegisterCore(Napi::Env env, Napi::Object exports) {
  Export<GetThreads>(env, exports, "threads");
  Export<PutThreads>(env, exports, "setThreads");
  Export<Simd>(env, exports, "simd");
  Export<PhiloxBlock>(env, exports, "philox");
  Export<BytesToLine>(env, exports, "bytesToLine");
  Export<HugePages>(env, exports, "useHugePages");
  Export<Probe>(env, exports, "probe");
}

}  // namespace cohear::node
