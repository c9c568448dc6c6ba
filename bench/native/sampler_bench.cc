// The sampler's native calls alone, without the binding. COHEAR_BENCH_NODES and COHEAR_BENCH_EDGES set the
// size (100 k nodes and 2 M edges unless set).
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "core/pool.h"
#include "sampler/link_batch.h"
#include "sampler/links.h"
#include "synthetic_graph.h"

namespace cohear {
namespace {

constexpr uint32_t kBatch = 1024;

uint32_t Setting(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<uint32_t>(std::atoll(text)) : otherwise;
}

const Graph& TheGraph(bool hetero) {
  const auto make = [](bool kind) {
    return bench::SyntheticGraph(Setting("COHEAR_BENCH_NODES", 100'000),
                                 Setting("COHEAR_BENCH_EDGES", 2'000'000), kind);
  };
  if (hetero) {
    static const Graph graph = make(true);
    return graph;
  }
  static const Graph graph = make(false);
  return graph;
}

std::vector<Row> Seeds(const Graph& graph, uint32_t step) {
  const Row first = graph.type_offsets[graph.types() - 1];
  std::vector<Row> seeds;
  for (uint32_t i = 0; i < kBatch; ++i) {
    seeds.push_back(first +
                    Below(Philox(1, {i, step, 0, 0})[0], static_cast<uint32_t>(graph.nodes() - first)));
  }
  return seeds;
}

void Report(benchmark::State& state, size_t edges, size_t seeds) {
  state.counters["edges/s"] = benchmark::Counter(static_cast<double>(edges), benchmark::Counter::kIsRate);
  state.counters["seeds/s"] = benchmark::Counter(static_cast<double>(seeds), benchmark::Counter::kIsRate);
}

// Arguments: hetero, threads, three hops instead of two.
void SampleUniform(benchmark::State& state) {
  const Graph& graph = TheGraph(state.range(0));
  SetThreads(static_cast<int>(state.range(1)));
  SampleOptions options;
  options.fanouts = state.range(2) ? std::vector<std::vector<int32_t>>{{10}, {10}, {5}}
                                   : std::vector<std::vector<int32_t>>{{15}, {10}};
  size_t edges = 0;
  uint32_t step = 0;
  for (auto _ : state) {
    options.step = ++step;
    edges += SampleBlocks(graph, Seeds(graph, step), options).edges();
  }
  Report(state, edges, size_t{step} * kBatch);
}
BENCHMARK(SampleUniform)->ArgsProduct({{0, 1}, {1, 2}, {0, 1}})->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: threads.
void LinkBatches(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  SetThreads(static_cast<int>(state.range(0)));
  const EpochLinks epoch = BalancedEpoch(graph, {1, 0, false, 200'000});
  LinkBatchOptions options;
  options.fanouts = {{15}, {10}};
  size_t edges = 0;
  uint32_t step = 0;
  for (auto _ : state) {
    const size_t begin = size_t{step} * kBatch % (epoch.relations.size() - kBatch);
    options.step = ++step;
    edges += SampleLinkBatch(graph, graph, std::span<const Row>(epoch.links.anchors).subspan(begin, kBatch),
                             std::span<const Row>(epoch.links.positives).subspan(begin, kBatch), options)
                 .blocks.edges();
  }
  Report(state, edges, size_t{step} * kBatch);
}
BENCHMARK(LinkBatches)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: balanced, threads.
void Epoch(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  SetThreads(static_cast<int>(state.range(1)));
  uint32_t epoch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(BalancedEpoch(graph, {1, ++epoch, state.range(0) != 0, {}}));
}
BENCHMARK(Epoch)->ArgsProduct({{0, 1}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

void Split(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  SetThreads(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(SplitEdges(graph, 0.1, 1));
}
BENCHMARK(Split)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace cohear
