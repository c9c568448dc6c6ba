#include "node/sampler.h"
#include "sampler/walks.h"

namespace cohear::node {
namespace {

struct WalkCall {
  std::shared_ptr<const HeldGraph> graph;
  std::vector<Row> seeds;
  std::vector<double> before;
  bool weighted, timed;
  WalkOptions options;
  std::vector<VisitedNodes> visited;
};

std::shared_ptr<WalkCall> ReadWalk(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<WalkCall>();
  call->graph = HeldGraphOf(info[0], "graph");
  call->seeds = CopyOf<Row>(info[1], "seeds");
  const Napi::Object options = ReadObject(info[2], "options");
  const auto count = [&](const char* name) {
    return static_cast<uint32_t>(ReadCount(options.Get(name), name, 0, UINT32_MAX));
  };
  call->options.walks = count("walks");
  call->options.length = count("length");
  call->options.restart = ReadNumber(options.Get("restart"), "restart");
  call->options.top = count("top");
  call->options.seed = ReadSeed(options.Get("seed"), "seed");
  call->options.step = count("step");
  call->weighted = ReadBoolean(options.Get("weighted"), "weighted");
  call->timed = !options.Get("before").IsUndefined();
  if (call->timed) call->before = CopyOf<double>(options.Get("before"), "before");
  return call;
}

void RunWalk(WalkCall& call) {
  call.options.index = call.graph->Index(call.weighted, call.timed);
  call.options.before = call.before;
  call.visited = ImportanceNeighbors(call.graph->graph(), call.seeds, call.options);
}

Napi::Value WalkResult(Napi::Env env, WalkCall& call) {
  auto types = Napi::Array::New(env, call.visited.size());
  for (uint32_t t = 0; t < call.visited.size(); ++t) {
    auto type = Napi::Object::New(env);
    type.Set("offsets", ToArray(env, call.visited[t].offsets));
    type.Set("nodes", ToArray(env, call.visited[t].nodes));
    type.Set("visits", ToArray(env, call.visited[t].visits));
    types[t] = type;
  }
  return types;
}

}  // namespace

void RegisterWalks(Napi::Env env, Napi::Object exports) {
  Export<InBackground<ReadWalk, RunWalk, WalkResult>>(env, exports, "importanceNeighbors");
  Export<AtOnce<ReadWalk, RunWalk, WalkResult>>(env, exports, "importanceNeighborsSync");
}

}  // namespace cohear::node
