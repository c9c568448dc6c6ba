// The sampler's native calls alone, without the binding. The limit is random reads in a table as large as the
// lists of neighbours: each node that draws reads its offsets and, where it has neighbours, at least one line
// of them; each edge reads the place that its neighbour has in the batch. COHEAR_BENCH_NODES and
// COHEAR_BENCH_EDGES set the size (100 k nodes and 2 M edges unless set).
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "core/huge_pages.h"
#include "machine_limits.h"
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
    Graph graph = bench::SyntheticGraph(Setting("COHEAR_BENCH_NODES", 100'000),
                                        Setting("COHEAR_BENCH_EDGES", 2'000'000), kind);
    for (const Relation& relation : graph.relations) {  // as a graph handle does
      UseHugePages(relation.offsets.data(), relation.offsets.size() * sizeof(Offset));
      UseHugePages(relation.indices.data(), relation.indices.size() * sizeof(Row));
      UseHugePages(relation.scores.data(), relation.scores.size() * sizeof(float));
    }
    return graph;
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

uint64_t LookupsOf(const Blocks& blocks) {
  uint64_t sum = 0;
  for (const auto& hop : blocks.blocks) {
    for (const Block& block : hop) {
      sum += block.offsets.size() - 1 + block.indices.size();
      for (size_t v = 1; v < block.offsets.size(); ++v) sum += block.offsets[v] != block.offsets[v - 1];
    }
  }
  return sum;
}

// Samples a batch per iteration; reports lookups (see above) and edges.
template <class Sample>
void Measure(benchmark::State& state, int threads, Sample&& sample) {
  const double limit = bench::Lookups(threads, Setting("COHEAR_BENCH_EDGES", 2'000'000) * sizeof(Row));
  uint64_t edges = 0, lookups = 0;
  uint32_t step = 0;
  bench::Report report(state, "lookups/s", limit);
  for (auto _ : state) {
    const Blocks blocks = sample(++step);
    edges += blocks.edges();
    lookups += LookupsOf(blocks);  // a pass over what is in cache
  }
  report.Done(static_cast<double>(lookups));
  state.counters["edges/s"] = benchmark::Counter(static_cast<double>(edges), benchmark::Counter::kIsRate);
}

// Arguments: hetero, threads, three hops instead of two.
void SampleUniform(benchmark::State& state) {
  const Graph& graph = TheGraph(state.range(0));
  SampleOptions options;
  options.fanouts = state.range(2) ? std::vector<std::vector<int32_t>>{{10}, {10}, {5}}
                                   : std::vector<std::vector<int32_t>>{{15}, {10}};
  Measure(state, static_cast<int>(state.range(1)), [&](uint32_t step) {
    options.step = step;
    return SampleBlocks(graph, Seeds(graph, step), options);
  });
}
BENCHMARK(SampleUniform)->ArgsProduct({{0, 1}, {1, 2}, {0, 1}})->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: weighted, timed, threads. Trees are disjoint where it is timed.
void SampleModes_(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  const bool weighted = state.range(0), timed = state.range(1);
  const SamplingIndex index(graph, {weighted, timed, {}});
  const std::vector<double> before{900};
  SampleOptions options;
  options.fanouts = {{15}, {10}};
  options.modes.index = &index;
  options.modes.disjoint = timed;
  if (timed) options.modes.before = before;
  Measure(state, static_cast<int>(state.range(2)), [&](uint32_t step) {
    options.step = step;
    return SampleBlocks(graph, Seeds(graph, step), options);
  });
}
BENCHMARK(SampleModes_)
    ->Name("SampleModes")
    ->ArgsProduct({{0, 1}, {0, 1}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Argument: threads. Negatives and what is left out are not counted as lookups.
void LinkBatches(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  const EpochLinks epoch = BalancedEpoch(graph, {1, 0, false, 200'000});
  LinkBatchOptions options;
  options.fanouts = {{15}, {10}};
  Measure(state, static_cast<int>(state.range(0)), [&](uint32_t step) {
    const size_t begin = size_t{step} * kBatch % (epoch.relations.size() - kBatch);
    options.step = step;
    return SampleLinkBatch(graph, graph, std::span<const Row>(epoch.links.anchors).subspan(begin, kBatch),
                           std::span<const Row>(epoch.links.positives).subspan(begin, kBatch), options)
        .blocks;
  });
}
BENCHMARK(LinkBatches)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: balanced, threads. A link reads at least where its edge's row ends and the edge itself.
void Epoch(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  const int threads = static_cast<int>(state.range(1));
  const std::vector<uint64_t> pairs = CountPairs(graph);
  uint32_t number = 0;
  uint64_t links = 0;
  bench::Report report(state, "lookups/s",
                       bench::Lookups(threads, Setting("COHEAR_BENCH_EDGES", 2'000'000) * sizeof(Row)));
  for (auto _ : state) {
    LinkEpoch epoch(graph, pairs, {1, ++number, state.range(0) != 0, 200'000});
    while (links < uint64_t{number} * epoch.size()) {
      EpochLinks out;
      epoch.Next(kBatch, out);
      links += out.relations.size();
    }
  }
  report.Done(2.0 * static_cast<double>(links));
  state.counters["links/s"] = benchmark::Counter(static_cast<double>(links), benchmark::Counter::kIsRate);
}
BENCHMARK(Epoch)->ArgsProduct({{0, 1}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: threads. Every edge is read, and nearly every one is written: row, score and time.
void Split(benchmark::State& state) {
  const Graph& graph = TheGraph(true);
  const double bytes = 2 * (sizeof(Row) + sizeof(float) + sizeof(double));
  size_t edges = 0;
  for (const Relation& relation : graph.relations) edges += relation.edges();
  bench::Report report(state, "B/s", bench::Bandwidth(static_cast<int>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(SplitEdges(graph, 0.1, 1));
  report.DoneEach(static_cast<double>(edges) * bytes);
}
BENCHMARK(Split)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace cohear
