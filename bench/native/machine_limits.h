// What figures are held against: the limits of this machine, measured in the same process by core/probe.h.
#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "core/gemm.h"
#include "core/pool.h"
#include "core/probe.h"

namespace cohear::bench {

// Measured once per number of threads, which are set for the measurement and left so.
inline double Bandwidth(int threads) {
  static std::map<int, double> known;
  SetThreads(threads);
  if (!known.count(threads)) known[threads] = ReadBandwidth({});
  return known[threads];
}

// `bytes`: of the table that is looked into. A table that fits a cache is read faster than memory.
inline double Lookups(int threads, size_t bytes) {
  static std::map<std::pair<int, size_t>, double> known;
  SetThreads(threads);
  const auto key = std::pair(threads, bytes);
  if (!known.count(key)) known[key] = RandomReads({bytes, 3});
  return known[key];
}

// Operations per second of the 32-bit matrix product at 1024^3, which is the best that this machine is known
// to do in arithmetic.
inline double Products(int threads) {
  static std::map<int, double> known;
  SetThreads(threads);
  if (known.count(threads)) return known[threads];
  constexpr size_t n = 1024;
  std::vector<float> a(n * n, 0.5f), b(n * n, 0.25f), c(n * n);
  const GemmArgs args{
      .m = n, .n = n, .k = n, .a = a.data(), .lda = n, .b = b.data(), .ldb = n, .c = c.data(), .ldc = n};
  Gemm(args);
  double best = 0;
  for (int pass = 0; pass < 5; ++pass) {
    const auto begun = std::chrono::steady_clock::now();
    Gemm(args);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    best = std::max(best, 2.0 * n * n * n / took.count());
  }
  return known[threads] = best;
}

// Reports `name` as a rate per second, and its share of `limit` (the same per second). Made before the loop.
class Report {
 public:
  Report(benchmark::State& state, const char* name, double limit)
      : state_(state), name_(name), limit_(limit), begun_(std::chrono::steady_clock::now()) {}
  // After the loop; `amount`: what all iterations did together.
  void Done(double amount) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun_;
    state_.counters[name_] = amount / took.count();
    state_.counters["of_limit"] = amount / took.count() / limit_;
  }
  void DoneEach(double amount) { Done(amount * static_cast<double>(state_.iterations())); }

 private:
  benchmark::State& state_;
  const char* name_;
  double limit_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace cohear::bench
