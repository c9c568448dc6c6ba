// Making graphs and scoring with them: the long calls of the graph layer.
#include "graph/co_interaction.h"
#include "graph/neighbour_scores.h"
#include "graph/prune.h"
#include "graph/transpose.h"
#include "node/arrays.h"
#include "node/graph_handle.h"
#include "node/layers.h"
#include "node/watch.h"
#include "node/worker.h"

namespace cohear::node {
namespace {

Score ReadScore(const Napi::Value& value) {
  const std::string name = ReadString(value, "score");
  if (name == "count") return Score::kCount;
  if (name == "cosine") return Score::kCosine;
  if (name == "damped") return Score::kDamped;
  COHEAR_REQUIRE(name == "pmi", Code::kValue, "score: want count, cosine, damped or pmi, got " << name);
  return Score::kPmi;
}

PruneOptions ReadPruneOptions(const Napi::Value& value) {
  const Napi::Object options = ReadObject(value, "prune");
  return {ReadScore(options.Get("score")), ReadNumber(options.Get("damping"), "damping"),
          ReadCount(options.Get("topK"), "topK", 0, UINT32_MAX)};
}

// (histories {offsets, items, times, weights?}, typeOffsets,
//  {maxHistory, minCount, halfLife, now, prune?, file?: {path, memory}}, watch?) -> Promise<Graph | null>
Napi::Value BuildGraph(const Napi::CallbackInfo& info) {
  struct State {
    Input<Offset> offsets;
    Input<Row> items;
    Input<double> times;
    Input<float> weights;
    Input<Row> type_offsets;
    CoInteractionOptions options;
    std::string path;  // empty: in memory
    size_t memory = 0;
    WatchInput watch;
    std::shared_ptr<const Graph> graph;
  };
  const Napi::Object histories = ReadObject(info[0], "histories");
  const Napi::Object options = ReadObject(info[2], "options");
  auto state = std::make_shared<State>();
  state->offsets = {histories.Get("offsets"), "histories.offsets"};
  state->items = {histories.Get("items"), "histories.items"};
  state->times = {histories.Get("times"), "histories.times"};
  state->type_offsets = {info[1], "typeOffsets"};
  state->options.max_history = ReadCount(options.Get("maxHistory"), "maxHistory", 0, UINT32_MAX);
  state->options.min_count =
      static_cast<uint32_t>(ReadCount(options.Get("minCount"), "minCount", 1, UINT32_MAX));
  if (!options.Get("prune").IsUndefined()) state->options.prune = ReadPruneOptions(options.Get("prune"));
  if (!histories.Get("weights").IsUndefined())
    state->weights = {histories.Get("weights"), "histories.weights"};
  state->options.weights = {state->weights, ReadNumber(options.Get("halfLife"), "halfLife"),
                            ReadNumber(options.Get("now"), "now")};
  if (!options.Get("file").IsUndefined()) {
    const Napi::Object file = ReadObject(options.Get("file"), "file");
    state->path = ReadString(file.Get("path"), "path");
    state->memory = ReadCount(file.Get("memory"), "memoryBudget", 0, uint64_t{1} << 53);
  }
  state->watch = WatchInput(info[3]);
  return Async<State>(
      info.Env(), state,
      [](State& s) {
        const CsrView histories{s.offsets, s.items};
        if (s.path.empty()) {
          s.graph = std::make_shared<Graph>(
              CoInteraction(histories, s.times, s.type_offsets, s.options, s.watch.watch()));
        } else {
          CoInteractionToFile(histories, s.times, s.type_offsets, s.options, s.path, s.memory,
                              s.watch.watch());
        }
      },
      [](Napi::Env env, State& s) { return s.graph ? NewGraph(env, s.graph) : env.Null(); });
}

struct Change {
  std::shared_ptr<const Graph> from, to;
  PruneOptions options;
};
Napi::Value Changed(Napi::Env env, Change& change) { return NewGraph(env, change.to); }

// (graph, {score, damping, topK}) -> Promise<Graph>
Napi::Value PruneGraph(const Napi::CallbackInfo& info) {
  auto change = std::make_shared<Change>();
  change->from = GraphOf(info[0], "graph");
  change->options = ReadPruneOptions(info[1]);
  return Async<Change>(
      info.Env(), change, [](Change& c) { c.to = std::make_shared<Graph>(Prune(*c.from, c.options)); },
      Changed);
}

Napi::Value TransposeGraph(const Napi::CallbackInfo& info) {
  auto change = std::make_shared<Change>();
  change->from = GraphOf(info[0], "graph");
  return Async<Change>(
      info.Env(), change, [](Change& c) { c.to = std::make_shared<Graph>(Transpose(*c.from)); }, Changed);
}

// (bySource, offsets, items, weights, out): out is added to
Napi::Value ScoreNeighbours(const Napi::CallbackInfo& info) {
  const auto graph = GraphOf(info[0], "graph");
  NeighbourScores(*graph, {View<Offset>(info[1], "offsets"), View<Row>(info[2], "items")},
                  View<float>(info[3], "weights"), MutableView<float>(info[4], "out"));
  return info.Env().Undefined();
}

}  // namespace

void RegisterGraphBuild(Napi::Env env, Napi::Object exports) {
  Export<BuildGraph>(env, exports, "buildGraph");
  Export<PruneGraph>(env, exports, "pruneGraph");
  Export<TransposeGraph>(env, exports, "transposeGraph");
  Export<ScoreNeighbours>(env, exports, "neighbourScores");
}

}  // namespace cohear::node
