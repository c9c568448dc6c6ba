#include <benchmark/benchmark.h>

#include "core/random.h"
#include "machine_limits.h"
#include "retrieval/rank.h"
#include "retrieval/top_k.h"

namespace cohear {
namespace {

std::vector<float> Random(size_t count, uint64_t seed) {
  std::vector<float> out(count);
  Draws draws(seed, 0, 0, 0);
  for (float& value : out) value = static_cast<float>(draws.Next()) / 4294967296.0f - 0.5f;
  return out;
}

// Arguments: threads, queries, scan (ScanBy). Top 100 of 20,000 items of 128 dimensions. The limit is a
// matrix product of the same operations in 32-bit floats; looking through 8-bit copies may exceed it.
void BM_TopK(benchmark::State& state) {
  const size_t items = 20000, d = 128, queries = static_cast<size_t>(state.range(1));
  static const auto vectors = Random(items * d, 1);
  const auto asked = Random(queries * d, 2);
  const auto scan = static_cast<ScanBy>(state.range(2));
  bench::Report report(state, "FLOP/s", bench::Products(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        SearchTopK(asked, vectors, d, {}, {.k = 100, .begin = 0, .end = items, .scan = scan}));
  }
  report.DoneEach(2.0 * static_cast<double>(items * d * queries));
}
BENCHMARK(BM_TopK)->ArgsProduct({{1, 2}, {1, 1024}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: threads. 256 users over 28,095 items, 5 judged each, top 10. The limit is reading the scores
// once.
void BM_RankJudged(benchmark::State& state) {
  const size_t users = 256, items = 28095, judged = 5;
  const auto scores = Random(users * items, 3);
  std::vector<Offset> offsets{0};
  std::vector<Row> rows;
  for (size_t u = 0; u < users; ++u) {
    for (size_t j = 0; j < judged; ++j) rows.push_back(static_cast<Row>(u + j * 5000));
    offsets.push_back(rows.size());
  }
  const std::vector<Offset> none(users + 1, 0);
  bench::Report report(state, "B/s", bench::Bandwidth(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        RankJudged(scores, items, {none, {}}, {offsets, rows}, {.k = 10, .begin = 0, .end = items}));
  }
  report.DoneEach(static_cast<double>(users * items * sizeof(float)));
}
BENCHMARK(BM_RankJudged)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace cohear
