#include <mutex>
#include <optional>

#include "node/sampler.h"
#include "sampler/link_batch.h"
#include "sampler/links.h"
#include "sampler/negatives.h"
#include "sampler/shuffle.h"

namespace cohear::node {
namespace {

uint32_t Count32(const Napi::Object& object, const char* name) {
  return static_cast<uint32_t>(ReadCount(object.Get(name), name, 0, UINT32_MAX));
}

struct SplitCall {
  std::shared_ptr<const HeldGraph> graph;
  double fraction;
  uint64_t seed;
  EdgeSplit split;
};

std::shared_ptr<SplitCall> ReadSplit(const Napi::CallbackInfo& info) {
  return std::make_shared<SplitCall>(SplitCall{
      HeldGraphOf(info[0], "graph"), ReadNumber(info[1], "fraction"), ReadSeed(info[2], "seed"), {}});
}

void RunSplit(SplitCall& call) { call.split = SplitEdges(call.graph->graph(), call.fraction, call.seed); }

Napi::Value SplitResult(Napi::Env env, SplitCall& call) {
  auto out = Napi::Object::New(env);
  out.Set("anchors", ToArray(env, call.split.validation.anchors));
  out.Set("positives", ToArray(env, call.split.validation.positives));
  out.Set("train", NewGraph(env, std::make_shared<const Graph>(std::move(call.split.train)),
                            call.graph->node_times()));
  return out;
}

// An epoch whose links are made as they are asked for, by one call at a time.
struct HeldEpoch {
  HeldEpoch(std::shared_ptr<const HeldGraph> of, const EpochOptions& options)
      : graph(std::move(of)), epoch(graph->graph(), graph->Pairs(), options) {}
  std::shared_ptr<const HeldGraph> graph;
  LinkEpoch epoch;
  std::mutex mutex;
};
constexpr HandleClass kEpoch{"LinkEpoch", {0x3f0ab6d57c9e4281, 0xa27d50e98b14c36f}};

struct EpochCall {
  std::shared_ptr<const HeldGraph> graph;
  EpochOptions options;
  std::shared_ptr<HeldEpoch> opened;
  EpochLinks links;
};

std::shared_ptr<EpochCall> ReadEpoch(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<EpochCall>();
  call->graph = HeldGraphOf(info[0], "graph");
  const Napi::Object options = ReadObject(info[1], "options");
  call->options.seed = ReadSeed(options.Get("seed"), "seed");
  call->options.epoch = Count32(options, "epoch");
  call->options.balanced = ReadBoolean(options.Get("balanced"), "balanced");
  if (!options.Get("maxPerRelation").IsUndefined()) {
    call->options.max_per_relation = Count32(options, "maxPerRelation");
  }
  return call;
}

void OpenEpoch(EpochCall& call) { call.opened = std::make_shared<HeldEpoch>(call.graph, call.options); }

Napi::Value OpenedEpoch(Napi::Env env, EpochCall& call) {
  auto out = Napi::Object::New(env);
  out.Set("size", static_cast<double>(call.opened->epoch.size()));
  out.Set("handle", NewHandle(env, kEpoch, call.opened, sizeof(HeldEpoch)));
  return out;
}

struct NextCall {
  std::shared_ptr<HeldEpoch> epoch;
  uint32_t count;
  EpochLinks links;
};

// (epoch, count) -> the next links
std::shared_ptr<NextCall> ReadNext(const Napi::CallbackInfo& info) {
  // A handle promises that what it holds stays as it is; this one is behind a mutex.
  auto epoch = std::const_pointer_cast<HeldEpoch>(
      std::static_pointer_cast<const HeldEpoch>(FromHandle(info[0], kEpoch, "epoch")));
  return std::make_shared<NextCall>(
      NextCall{std::move(epoch), static_cast<uint32_t>(ReadCount(info[1], "count", 0, UINT32_MAX)), {}});
}

void RunNext(NextCall& call) {
  std::lock_guard lock(call.epoch->mutex);
  call.epoch->epoch.Next(call.count, call.links);
}

Napi::Value NextResult(Napi::Env env, NextCall& call) {
  auto out = Napi::Object::New(env);
  out.Set("anchors", ToArray(env, call.links.links.anchors));
  out.Set("positives", ToArray(env, call.links.links.positives));
  return out;
}

void RunEpoch(EpochCall& call) {
  LinkEpoch epoch(call.graph->graph(), call.graph->Pairs(), call.options);
  call.links = WholeEpoch(epoch);
}

Napi::Value EpochResult(Napi::Env env, EpochCall& call) {
  auto types = Napi::Array::New(env, call.links.types.size());
  for (uint32_t i = 0; i < call.links.types.size(); ++i) {
    const auto& from = call.links.types[i];
    auto type = Napi::Object::New(env);
    type.Set("low", from.low);
    type.Set("high", from.high);
    type.Set("pairs", from.pairs);
    type.Set("taken", from.taken);
    types[i] = type;
  }
  auto out = Napi::Object::New(env);
  out.Set("anchors", ToArray(env, call.links.links.anchors));
  out.Set("positives", ToArray(env, call.links.links.positives));
  out.Set("relations", ToArray(env, call.links.relations));
  out.Set("types", types);
  return out;
}

// Where negatives come from, as JavaScript says it; tables of popularity are made where the work is done.
struct SourceInput {
  bool in_batch = false;
  std::optional<double> alpha;

  SourceInput() = default;
  explicit SourceInput(const Napi::Value& value) {
    const Napi::Object source = ReadObject(value, "source");
    in_batch = ReadBoolean(source.Get("inBatch"), "inBatch");
    if (!source.Get("alpha").IsUndefined()) alpha = ReadNumber(source.Get("alpha"), "alpha");
  }
  const PopularityTables* On(const HeldGraph& graph) const {
    return alpha ? graph.Popularity(*alpha) : nullptr;
  }
};

struct NegativesCall {
  std::shared_ptr<const HeldGraph> graph;
  std::vector<Row> anchors, positives;
  SourceInput source;
  NegativeOptions options;
  Negatives negatives;
};

std::shared_ptr<NegativesCall> ReadNegatives(const Napi::CallbackInfo& info) {
  const Napi::Object options = ReadObject(info[3], "options");
  return std::make_shared<NegativesCall>(NegativesCall{
      HeldGraphOf(info[0], "graph"),
      CopyOf<Row>(info[1], "anchors"),
      CopyOf<Row>(info[2], "positives"),
      SourceInput(options.Get("source")),
      {Count32(options, "count"), ReadSeed(options.Get("seed"), "seed"), Count32(options, "step")},
      {}});
}

void RunNegatives(NegativesCall& call) {
  call.options.in_batch = call.source.in_batch;
  call.options.popularity = call.source.On(*call.graph);
  call.negatives = SampleNegatives(call.graph->graph(), call.anchors, call.positives, call.options);
}

void SetNegatives(Napi::Env env, Napi::Object out, const Negatives& negatives) {
  out.Set("negatives", ToArray(env, negatives.rows));
  out.Set("rejected", static_cast<double>(negatives.rejected));
  out.Set("exhausted", static_cast<double>(negatives.exhausted));
}

Napi::Value NegativesResult(Napi::Env env, NegativesCall& call) {
  auto out = Napi::Object::New(env);
  SetNegatives(env, out, call.negatives);
  return out;
}

struct BatchCall {
  std::shared_ptr<const HeldGraph> graph, full;
  ModesInput modes;
  SourceInput source;
  std::vector<Row> anchors, positives;
  LinkBatchOptions options;
  LinkBatch batch;
};

std::shared_ptr<BatchCall> ReadBatch(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<BatchCall>();
  call->graph = HeldGraphOf(info[0], "graph");
  call->full = HeldGraphOf(info[1], "full");
  call->anchors = CopyOf<Row>(info[2], "anchors");
  call->positives = CopyOf<Row>(info[3], "positives");
  const Napi::Object options = ReadObject(info[4], "options");
  call->options.fanouts = ReadFanouts(options.Get("fanouts"));
  call->options.negatives = Count32(options, "negatives");
  call->options.seed = ReadSeed(options.Get("seed"), "seed");
  call->options.step = Count32(options, "step");
  call->options.exclude = ReadBoolean(options.Get("exclude"), "exclude");
  call->modes = ModesInput(options.Get("modes"));
  call->source = SourceInput(options.Get("source"));
  return call;
}

void RunBatch(BatchCall& call) {
  call.options.modes = call.modes.On(*call.graph);
  call.options.in_batch = call.source.in_batch;
  call.options.popularity = call.source.On(*call.full);
  call.batch =
      SampleLinkBatch(call.graph->graph(), call.full->graph(), call.anchors, call.positives, call.options);
}

Napi::Value BatchResult(Napi::Env env, BatchCall& call) {
  auto out = Napi::Object::New(env);
  out.Set("anchors", ToArray(env, call.anchors));
  out.Set("positives", ToArray(env, call.positives));
  SetNegatives(env, out, call.batch.negatives);
  out.Set("anchorPositions", ToArray(env, call.batch.anchor_positions));
  out.Set("positivePositions", ToArray(env, call.batch.positive_positions));
  out.Set("negativePositions", ToArray(env, call.batch.negative_positions));
  SetBlocks(env, out, call.batch.blocks);
  return out;
}

// (n, seed, epoch) -> Uint32Array
Napi::Value Order(const Napi::CallbackInfo& info) {
  return ToArray(
      info.Env(),
      ShuffledOrder(static_cast<uint32_t>(ReadCount(info[0], "n", 0, UINT32_MAX)), ReadSeed(info[1], "seed"),
                    static_cast<uint32_t>(ReadCount(info[2], "epoch", 0, UINT32_MAX))));
}

}  // namespace

void RegisterLinks(Napi::Env env, Napi::Object exports) {
  Export<InBackground<ReadSplit, RunSplit, SplitResult>>(env, exports, "splitEdges");
  Export<AtOnce<ReadSplit, RunSplit, SplitResult>>(env, exports, "splitEdgesSync");
  Export<InBackground<ReadEpoch, RunEpoch, EpochResult>>(env, exports, "balancedEpoch");
  Export<AtOnce<ReadEpoch, RunEpoch, EpochResult>>(env, exports, "balancedEpochSync");
  Export<InBackground<ReadEpoch, OpenEpoch, OpenedEpoch>>(env, exports, "openEpoch");
  Export<InBackground<ReadNext, RunNext, NextResult>>(env, exports, "nextLinks");
  Export<InBackground<ReadNegatives, RunNegatives, NegativesResult>>(env, exports, "sampleNegatives");
  Export<AtOnce<ReadNegatives, RunNegatives, NegativesResult>>(env, exports, "sampleNegativesSync");
  Export<InBackground<ReadBatch, RunBatch, BatchResult>>(env, exports, "sampleLinkBatch");
  Export<AtOnce<ReadBatch, RunBatch, BatchResult>>(env, exports, "sampleLinkBatchSync");
  Export<Order>(env, exports, "shuffledOrder");
}

}  // namespace cohear::node
