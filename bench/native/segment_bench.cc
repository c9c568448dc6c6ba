// Gather-aggregate on a sampled block of random rows: 20,000 targets with 10 edges each on average, of
// 200,000 source rows. The limit is reading memory from end to end: each edge's row once, each target's row
// twice (a line is fetched before it is written), and for the gradient the same of dy and dx.
#include <benchmark/benchmark.h>

#include "core/huge_pages.h"
#include "core/random.h"
#include "machine_limits.h"
#include "tensor/segment.h"

namespace cohear {
namespace {

constexpr size_t kSources = 200'000, kTargets = 20'000;

struct Sampled {
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  Sampled() {
    Draws draws(5, 0, 0, 0);
    for (size_t v = 0; v < kTargets; ++v) {
      for (uint32_t e = 1 + draws.NextBelow(19); e > 0; --e) indices.push_back(draws.NextBelow(kSources));
      offsets.push_back(indices.size());
    }
  }
  CsrView view() const { return {offsets, indices}; }
};

const Sampled& Block() {
  static const Sampled block;
  return block;
}

// As the tensors of lib/tensor/memory.ts lie: in huge pages, rows at the beginning of a line.
class Numbers {
 public:
  explicit Numbers(size_t size) : all_(size + 16) {
    UseHugePages(all_.data(), all_.size() * sizeof(float));
    const size_t past = reinterpret_cast<uintptr_t>(all_.data()) % 64 / sizeof(float);
    own_ = std::span(all_).subspan((16 - past) % 16, size);
    for (size_t i = 0; i < size; ++i) own_[i] = static_cast<float>(i % 997) / 997;
  }
  std::span<float> operator()() { return own_; }

 private:
  std::vector<float> all_;
  std::span<float> own_;
};

// Arguments: mode (max 0, mean 1, sum 2), width, threads.
void Gather(benchmark::State& state) {
  const auto mode = static_cast<Aggregate>(state.range(0));
  const size_t width = static_cast<size_t>(state.range(1));
  const double limit = bench::Bandwidth(static_cast<int>(state.range(2)));
  Numbers x(kSources * width), out(kTargets * width);
  bench::Report report(state, "B/s", limit);
  for (auto _ : state) GatherAggregate(Block().view(), x(), kSources, width, mode, {}, out(), {});
  const double bytes = static_cast<double>((Block().indices.size() + 2 * kTargets) * width * sizeof(float));
  report.DoneEach(bytes);
}
BENCHMARK(Gather)->ArgsProduct({{0, 1, 2}, {64, 256}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

// The same with its gradient: max keeps the argmax, which is written once and read once per edge.
void GatherBoth(benchmark::State& state) {
  const auto mode = static_cast<Aggregate>(state.range(0));
  const size_t width = static_cast<size_t>(state.range(1));
  const double limit = bench::Bandwidth(static_cast<int>(state.range(2)));
  Numbers x(kSources * width), dx(kSources * width), out(kTargets * width), dy(kTargets * width);
  std::vector<int32_t> argmax(mode == Aggregate::kMax ? out().size() : 0);
  bench::Report report(state, "B/s", limit);
  for (auto _ : state) {
    GatherAggregate(Block().view(), x(), kSources, width, mode, {}, out(), argmax);
    GatherAggregateBackward(Block().view(), dy(), kSources, width, mode, {}, argmax, dx());
  }
  const size_t edges = Block().indices.size(), of_max = mode == Aggregate::kMax ? 2 * kTargets + edges : 0;
  const double bytes =
      static_cast<double>((2 * edges + 2 * kTargets + kSources + of_max) * width * sizeof(float));
  report.DoneEach(bytes);
}
BENCHMARK(GatherBoth)
    ->ArgsProduct({{0, 1, 2}, {64, 256}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace cohear
