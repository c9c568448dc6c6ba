#include "core/probe.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/huge_pages.h"
#include "core/pool.h"
#include "core/prefetch.h"
#include "core/simd.h"

namespace cohear {
namespace {

constexpr size_t kGrain = size_t{1} << 18;  // values
constexpr size_t kAhead = 64;

std::atomic<uint64_t> sink;  // so that no loop is left out as useless

COHEAR_SIMD uint32_t Sum(const uint32_t* values, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return sum;
}

std::vector<uint32_t> Table(const ProbeOptions& options) {
  COHEAR_REQUIRE(options.bytes >= 4096 && options.bytes <= size_t{4} << 30, Code::kRange,
                 "bytes: want 4096 to 4 GiB, got " << options.bytes);
  COHEAR_REQUIRE(options.passes >= 1, Code::kRange, "passes: want 1 or more");
  std::vector<uint32_t> table(options.bytes / sizeof(uint32_t));
  UseHugePages(table.data(), options.bytes);
  ParallelFor(table.size(), kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) table[i] = static_cast<uint32_t>(i);
  });
  return table;
}

// Seconds of the fastest pass.
double Best(uint32_t passes, size_t count, const std::function<void(size_t, size_t)>& body) {
  double best = std::numeric_limits<double>::infinity();
  for (uint32_t pass = 0; pass < passes; ++pass) {
    const auto begun = std::chrono::steady_clock::now();
    ParallelFor(count, kGrain, body);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

double ReadBandwidth(const ProbeOptions& options) {
  const auto table = Table(options);
  const double seconds = Best(options.passes, table.size(), [&](size_t begin, size_t end) {
    sink.fetch_add(Sum(table.data() + begin, end - begin), std::memory_order_relaxed);
  });
  return static_cast<double>(table.size() * sizeof(uint32_t)) / seconds;
}

double RandomReads(const ProbeOptions& options) {
  const auto table = Table(options);
  const uint64_t size = table.size();
  const auto place = [size](uint64_t i) {
    uint32_t mixed = static_cast<uint32_t>(i);  // the finaliser of MurmurHash3
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6Bu;
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35u;
    mixed ^= mixed >> 16;
    return static_cast<size_t>((mixed * size) >> 32);
  };
  const size_t reads = std::max<size_t>(table.size() / 4, kGrain);
  const double seconds = Best(options.passes, reads, [&](size_t begin, size_t end) {
    uint32_t sum = 0;
    for (size_t i = begin; i < end; ++i) {
      Prefetch(&table[place(i + kAhead)]);
      sum += table[place(i)];
    }
    sink.fetch_add(sum, std::memory_order_relaxed);
  });
  return static_cast<double>(reads) / seconds;
}

}  // namespace cohear
