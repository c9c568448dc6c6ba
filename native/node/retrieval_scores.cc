// dotScores: apart from the other retrieval calls because its output is the caller's array.
#include "node/retrieval_scores.h"

#include "node/layers.h"
#include "node/output.h"
#include "node/row_file.h"
#include "node/worker.h"
#include "retrieval/dot_scores.h"

namespace cohear::node {
namespace {

struct ScoreCall {
  Input<float> queries, bias;
  Vectors<Input> items;
  size_t dimensions;
  Output out;

  explicit ScoreCall(const Napi::CallbackInfo& info) {
    const Napi::Object from = ReadObject(info[0], "scoring");
    queries = Input<float>(from.Get("queries"), "queries");
    items = Vectors<Input>(from.Get("items"), "items");
    if (!from.Get("bias").IsUndefined()) bias = Input<float>(from.Get("bias"), "bias");
    dimensions = ReadCount(from.Get("dimensions"), "dimensions", 1, UINT32_MAX);
    out = Output(from.Get("out"), "out", false);
  }
};

void Run(ScoreCall& call) {
  DotScores(call.queries, call.items.table(), call.dimensions, call.bias, call.out.span());
}

Napi::Value Result(Napi::Env env, ScoreCall& call) {
  call.out.Finish();
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
