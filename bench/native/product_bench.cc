// Our own matrix product beside a library's, which COHEAR_GEMM names, in pairs of turns, so that what
// disturbs the machine disturbs both:
//   COHEAR_GEMM=onednn build/cohear_bench --benchmark_filter=OwnProduct
// and as on a processor without AVX-512, by the same command with
//   DNNL_MAX_CPU_ISA=AVX2 COHEAR_VECTOR_BYTES=32
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/gemm.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr int kPairs = 25;
constexpr double kLeastFlops = 4e7;  // of a turn

double Seconds(void (*multiply)(const GemmArgs&, const GemmEpilogue&), const GemmArgs& args, int times) {
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) multiply(args, {});
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

// Arguments: m, n, k, whether A and B are transposed. The rates are those of the 20th percentile of time,
// `ratio` is the median over the pairs of the library's time divided by ours.
void OwnProduct(benchmark::State& state) {
  if (GetGemmInfo().name == "cohear")
    return state.SkipWithError("COHEAR_GEMM=onednn or cblas names the other side");
  const auto m = static_cast<size_t>(state.range(0)), n = static_cast<size_t>(state.range(1)),
             k = static_cast<size_t>(state.range(2));
  const bool transpose_a = state.range(3), transpose_b = state.range(4);
  const std::vector<float> a(m * k, 0.5f), b(k * n, 0.25f);
  std::vector<float> c(m * n);
  const GemmArgs args{.m = m,
                      .n = n,
                      .k = k,
                      .transpose_a = transpose_a,
                      .transpose_b = transpose_b,
                      .a = a.data(),
                      .lda = transpose_a ? m : k,
                      .b = b.data(),
                      .ldb = transpose_b ? k : n,
                      .c = c.data(),
                      .ldc = n};
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const int times = 1 + static_cast<int>(kLeastFlops / flops);
  std::vector<double> own, library, ratio;
  for (auto _ : state) {
    for (int pair = 0; pair < kPairs; ++pair) {
      library.push_back(Seconds(Gemm, args, times));
      own.push_back(Seconds(gemm::MultiplyOwnOnPool, args, times));
      ratio.push_back(library.back() / own.back());
    }
  }
  state.SetLabel(GetGemmInfo().name);
  state.counters["own"] = flops * times / Quantile(own, 0.2);
  state.counters["library"] = flops * times / Quantile(library, 0.2);
  state.counters["ratio"] = Quantile(ratio, 0.5);
}
BENCHMARK(OwnProduct)
    ->Args({1024, 1024, 1024, 0, 0})
    ->Args({512, 512, 512, 0, 0})
    ->Args({1024, 768, 512, 0, 0})
    ->Args({768, 1024, 512, 1, 0})
    ->Args({1024, 512, 1024, 0, 1})
    ->Args({40'000, 256, 384, 0, 0})
    ->Args({512, 256, 20'000, 1, 0})
    ->Args({64, 256, 2048, 0, 1})
    ->Args({64, 64, 64, 0, 0})
    ->Args({1, 4096, 4096, 0, 0})
    ->Args({20'000, 1, 1024, 0, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace cohear
