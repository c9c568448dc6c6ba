// dotScores: apart from the other retrieval calls because its output is the caller's array.
#include "node/retrieval_scores.h"

#include "node/arrays.h"
#include "node/layers.h"
#include "node/worker.h"
#include "retrieval/dot_scores.h"

namespace cohear::node {
namespace {

struct ScoreCall {
  Input<float> queries, items, bias;
  size_t dimensions;
  // The caller's array: written by the worker where it is shared memory, which cannot go away, else at the
  // end on the JavaScript thread.
  Napi::ObjectReference out;
  std::span<float> direct;
  std::vector<float> scores;

  explicit ScoreCall(const Napi::CallbackInfo& info) {
    const Napi::Object from = ReadObject(info[0], "scoring");
    queries = Input<float>(from.Get("queries"), "queries");
    items = Input<float>(from.Get("items"), "items");
    if (!from.Get("bias").IsUndefined()) bias = Input<float>(from.Get("bias"), "bias");
    dimensions = ReadCount(from.Get("dimensions"), "dimensions", 1, UINT32_MAX);
    const RawArray raw = ReadArray(from.Get("out"), "out", ArrayType<float>::kId, "Float32Array");
    out = Napi::Persistent(from.Get("out").As<Napi::Object>());
    if (raw.shared) {
      direct = {static_cast<float*>(raw.data), raw.length};
    } else {
      scores.resize(raw.length);
      direct = scores;
    }
  }
};

void Run(ScoreCall& call) { DotScores(call.queries, call.items, call.dimensions, call.bias, call.direct); }

Napi::Value Result(Napi::Env env, ScoreCall& call) {
  if (!call.scores.empty()) {
    const auto view = MutableView<float>(call.out.Value(), "out");
    COHEAR_REQUIRE(view.size() == call.scores.size(), Code::kValue,
                   "out changed its size while it was awaited");
    std::copy(call.scores.begin(), call.scores.end(), view.begin());
  }
  return env.Undefined();
}

// ({queries, items, dimensions, bias?, out}) -> Promise<void>
Napi::Value ScoreAll(const Napi::CallbackInfo& info) {
  return Async<ScoreCall>(info.Env(), std::make_shared<ScoreCall>(info), Run, Result);
}

}  // namespace

void RegisterRetrievalScores(Napi::Env env, Napi::Object exports) {
  Export<ScoreAll>(env, exports, "dotScores");
}

}  // namespace cohear::node
