#include "node/sampler.h"

namespace cohear::node {

std::vector<std::vector<int32_t>> ReadFanouts(const Napi::Value& value) {
  const Napi::Array list = ReadList(value, "fanouts");
  std::vector<std::vector<int32_t>> fanouts;
  for (uint32_t hop = 0; hop < list.Length(); ++hop) {
    fanouts.push_back(CopyOf<int32_t>(list.Get(hop), ("fanouts[" + std::to_string(hop) + "]").c_str()));
  }
  return fanouts;
}

ModesInput::ModesInput(const Napi::Value& value) {
  const Napi::Object modes = ReadObject(value, "modes");
  weighted = ReadBoolean(modes.Get("weighted"), "weighted");
  replace = ReadBoolean(modes.Get("replace"), "replace");
  disjoint = ReadBoolean(modes.Get("disjoint"), "disjoint");
  recent = ReadBoolean(modes.Get("recent"), "recent");
  const Napi::Value times = modes.Get("before");
  timed = !times.IsUndefined();
  if (timed) before = CopyOf<double>(times, "before");
}

void SetBlocks(Napi::Env env, Napi::Object out, const Blocks& blocks) {
  auto nodes = Napi::Array::New(env, blocks.nodes.size());
  for (uint32_t t = 0; t < blocks.nodes.size(); ++t) nodes[t] = ToArray(env, blocks.nodes[t]);
  auto counts = Napi::Array::New(env, blocks.counts.size());
  for (uint32_t hop = 0; hop < blocks.counts.size(); ++hop) counts[hop] = ToArray(env, blocks.counts[hop]);
  auto hops = Napi::Array::New(env, blocks.blocks.size());
  for (uint32_t hop = 0; hop < blocks.blocks.size(); ++hop) {
    auto relations = Napi::Array::New(env, blocks.blocks[hop].size());
    for (uint32_t r = 0; r < blocks.blocks[hop].size(); ++r) {
      auto block = Napi::Object::New(env);
      block.Set("offsets", ToArray(env, blocks.blocks[hop][r].offsets));
      block.Set("indices", ToArray(env, blocks.blocks[hop][r].indices));
      relations[r] = block;
    }
    hops[hop] = relations;
  }
  out.Set("nodes", nodes);
  out.Set("counts", counts);
  out.Set("blocks", hops);
  if (blocks.trees.empty()) return;
  auto trees = Napi::Array::New(env, blocks.trees.size());
  for (uint32_t t = 0; t < blocks.trees.size(); ++t) trees[t] = ToArray(env, blocks.trees[t]);
  out.Set("trees", trees);
}

namespace {

struct BlocksCall {
  std::shared_ptr<const HeldGraph> graph;
  ModesInput modes;
  std::vector<Row> seeds, exclude_a, exclude_b;
  SampleOptions options;
  Blocks blocks;
};

std::shared_ptr<BlocksCall> ReadBlocks(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<BlocksCall>();
  call->graph = HeldGraphOf(info[0], "graph");
  call->seeds = CopyOf<Row>(info[1], "seeds");
  const Napi::Object options = ReadObject(info[2], "options");
  call->options.fanouts = ReadFanouts(options.Get("fanouts"));
  call->options.seed = ReadSeed(options.Get("seed"), "seed");
  call->options.step = static_cast<uint32_t>(ReadCount(options.Get("step"), "step", 0, UINT32_MAX));
  call->modes = ModesInput(options.Get("modes"));
  const Napi::Value exclude = options.Get("exclude");
  if (!exclude.IsUndefined()) {
    const Napi::Object pairs = ReadObject(exclude, "exclude");
    call->exclude_a = CopyOf<Row>(pairs.Get("anchors"), "exclude.anchors");
    call->exclude_b = CopyOf<Row>(pairs.Get("positives"), "exclude.positives");
    call->options.exclude_a = call->exclude_a;
    call->options.exclude_b = call->exclude_b;
  }
  return call;
}

void RunBlocks(BlocksCall& call) {
  call.options.modes = call.modes.On(*call.graph);
  call.blocks = SampleBlocks(call.graph->graph(), call.seeds, call.options);
}

Napi::Value BlocksResult(Napi::Env env, BlocksCall& call) {
  auto out = Napi::Object::New(env);
  SetBlocks(env, out, call.blocks);
  out.Set("seedPositions", ToArray(env, call.blocks.seed_positions));
  return out;
}

}  // namespace

void RegisterSampler(Napi::Env env, Napi::Object exports) {
  Export<InBackground<ReadBlocks, RunBlocks, BlocksResult>>(env, exports, "sampleBlocks");
  Export<AtOnce<ReadBlocks, RunBlocks, BlocksResult>>(env, exports, "sampleBlocksSync");
  RegisterLinks(env, exports);
  RegisterWalks(env, exports);
}

}  // namespace cohear::node
