#include <benchmark/benchmark.h>

#include <cmath>

#include "core/random.h"
#include "graph/co_interaction.h"
#include "machine_limits.h"

namespace cohear {
namespace {

struct Histories {
  std::vector<Offset> offsets{0};
  std::vector<Row> items;
  std::vector<double> times;
};

// Item popularity falls as a power of rank, as in real catalogues.
Histories PowerLaw(uint32_t users, Row items, uint32_t most) {
  Histories out;
  for (uint32_t u = 0; u < users; ++u) {
    Draws draws(1, u, 0, 0);
    for (uint32_t e = draws.NextBelow(most); e > 0; --e) {
      const double x = (draws.Next() + 1.0) / 4294967296.0;
      out.items.push_back(static_cast<Row>(std::pow(x, 2.5) * items));
      out.times.push_back(out.items.size());
    }
    out.offsets.push_back(out.items.size());
  }
  return out;
}

// Arguments: threads, neighbours kept (0 = the whole graph). The limit: each pair is added at a random place
// of a table with 8 bytes an item.
void BM_CoInteraction(benchmark::State& state) {
  static const Histories histories = PowerLaw(30000, 40000, 54);
  const std::vector<Row> types{0, 10000, 40000};
  CoInteractionOptions options;
  if (state.range(1)) options.prune = PruneOptions{Score::kCount, 0, static_cast<size_t>(state.range(1))};
  size_t edges = 0;
  bench::Report report(state, "pairs/s", bench::Lookups(static_cast<int>(state.range(0)), types.back() * 8));
  for (auto _ : state) {
    const Graph graph = CoInteraction({histories.offsets, histories.items}, histories.times, types, options);
    edges = 0;
    for (const Relation& relation : graph.relations) edges += relation.edges();
  }
  double pairs = 0;
  for (size_t u = 0; u + 1 < histories.offsets.size(); ++u) {
    const double length = static_cast<double>(histories.offsets[u + 1] - histories.offsets[u]);
    pairs += length * length;
  }
  report.DoneEach(pairs);
  state.counters["edges"] = static_cast<double>(edges);
}
BENCHMARK(BM_CoInteraction)->ArgsProduct({{1, 2}, {0, 100}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace cohear
