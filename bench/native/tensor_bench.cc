// Kernels over whole tensors. The limit is reading memory from end to end: what is written counts twice,
// since a line is fetched before it is written. Products are held against the best product (limits.h).
#include <benchmark/benchmark.h>

#include "core/gemm.h"
#include "core/random.h"
#include "machine_limits.h"
#include "tensor/adam.h"
#include "tensor/elementwise.h"
#include "tensor/gather.h"

namespace cohear {
namespace {

constexpr size_t kSize = size_t{4} << 20;

// Argument: threads. 4 M floats plus 4 M floats.
void Add(benchmark::State& state) {
  std::vector<float> a(kSize, 1), b(kSize, 2), out(kSize);
  bench::Report report(state, "B/s", bench::Bandwidth(static_cast<int>(state.range(0))));
  for (auto _ : state) ApplyBinary(Binary::kAdd, a, b, {{kSize, 1, 1}}, out);
  report.DoneEach(4.0 * kSize * sizeof(float));
}
BENCHMARK(Add)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: threads. 100,000 rows of 256 floats, of 500,000.
void GatherRows(benchmark::State& state) {
  constexpr size_t kRows = 500'000, kPicked = 100'000, kWidth = 256;
  std::vector<float> x(kRows * kWidth, 1), out(kPicked * kWidth);
  std::vector<int32_t> picked(kPicked);
  Draws draws(1, 0, 0, 0);
  for (auto& row : picked) row = static_cast<int32_t>(draws.NextBelow(kRows));
  bench::Report report(state, "B/s", bench::Bandwidth(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    benchmark::DoNotOptimize(Gather({1, kRows, kWidth * sizeof(float)}, std::as_bytes(std::span(x)), picked,
                                    std::as_writable_bytes(std::span(out))));
  }
  report.DoneEach(3.0 * kPicked * kWidth * sizeof(float));
}
BENCHMARK(GatherRows)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: threads. One step over 4 M numbers: four arrays are read, three of them written.
void Adam(benchmark::State& state) {
  std::vector<float> value(kSize, 1), gradient(kSize, 0.01f), first(kSize), second(kSize);
  AdamOptions options;
  bench::Report report(state, "B/s", bench::Bandwidth(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    AdamStep({{value, gradient, first, second, value}}, options);
    ++options.step;
  }
  report.DoneEach(7.0 * kSize * sizeof(float));
}
BENCHMARK(Adam)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: threads, bf16. 1024 x 768 by 768 x 512.
void Product(benchmark::State& state) {
  constexpr size_t kM = 1024, kN = 512, kK = 768;
  if (state.range(1) && !HasBf16()) return state.SkipWithError("this processor has no bfloat16");
  std::vector<float> a(kM * kK, 0.5f), b(kK * kN, 0.25f), c(kM * kN);
  GemmArgs args{.m = kM,
                .n = kN,
                .k = kK,
                .a = a.data(),
                .lda = kK,
                .b = b.data(),
                .ldb = kN,
                .c = c.data(),
                .ldc = kN};
  if (state.range(1)) args.precision = Precision::kBf16;
  bench::Report report(state, "FLOP/s", bench::Products(static_cast<int>(state.range(0))));
  for (auto _ : state) Gemm(args);
  report.DoneEach(2.0 * kM * kN * kK);
}
BENCHMARK(Product)->ArgsProduct({{1, 2}, {0, 1}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace cohear
