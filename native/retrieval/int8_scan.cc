#include "retrieval/int8_scan.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/pool.h"
#include "core/simd.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(COHEAR_SANITIZE)
#define COHEAR_VNNI
#include <immintrin.h>
#endif

namespace cohear {
namespace {

constexpr size_t kPanels = Int8Scan::kGroup / Int8Scan::kPanel;
constexpr float kMostNorm = 1e17f, kLeast = 1e-10f;  // products of two stay far from overflow
constexpr size_t kMostDimensions = 1 << 15;          // their sum fits 32 bits

struct Copied {
  float scale, lost, norm;  // of the vector: its 8-bit unit, what rounding took away, its length
};

// to[i] = round(x[i] / scale), 0 where x is all but zero.
COHEAR_SIMD Copied Quantise(const float* x, size_t d, int8_t* to) {
  float most = 0;
  int bad = 0;
  for (size_t i = 0; i < d; ++i) {
    const float size = std::abs(x[i]);
    most = size > most ? size : most;
    bad |= !(x[i] - x[i] == 0);
  }
  // Squares of what is far smaller than kLeast are lost; of what is not, they are within Slack's second half.
  if (bad || (most > 0 && most < kLeast)) return {0, 0, std::numeric_limits<float>::infinity()};
  const float scale = most / 127, inverse = scale > 0 ? 1 / scale : 0;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves a whole number
  float lost[16] = {}, norm[16] = {};
  size_t i = 0;
  for (; i + 16 <= d; i += 16) {
    for (size_t lane = 0; lane < 16; ++lane) {
      const float value = x[i + lane], whole = (value * inverse + kRound) - kRound;
      to[i + lane] = static_cast<int8_t>(static_cast<int32_t>(whole));
      const float error = value - whole * scale;
      lost[lane] += error * error;
      norm[lane] += value * value;
    }
  }
  for (size_t lane = 0; i < d; ++i, ++lane) {
    const float value = x[i], whole = (value * inverse + kRound) - kRound;
    to[i] = static_cast<int8_t>(static_cast<int32_t>(whole));
    const float error = value - whole * scale;
    lost[lane] += error * error;
    norm[lane] += value * value;
  }
  double lost_sum = 0, norm_sum = 0;
  for (size_t lane = 0; lane < 16; ++lane) {
    lost_sum += lost[lane];
    norm_sum += norm[lane];
  }
  // The 1.0001 covers the rounding of the sums.
  return {scale, static_cast<float>(std::sqrt(lost_sum) * 1.0001),
          static_cast<float>(std::sqrt(norm_sum) * 1.0001)};
}

using Sums = int32_t[Int8Scan::kTile][Int8Scan::kGroup];

// sums[q][i] = sum over dimensions of item i (plus 128) times query q.
void MultiplyPlain(const int8_t* queries, const uint8_t* items, size_t steps, Sums& sums) {
  std::fill_n(&sums[0][0], Int8Scan::kTile * Int8Scan::kGroup, 0);
  for (size_t panel = 0; panel < kPanels; ++panel) {
    for (size_t step = 0; step < steps; ++step) {
      const uint8_t* x = items + (panel * steps + step) * Int8Scan::kPanel * 4;
      const int8_t* q = queries + step * Int8Scan::kTile * 4;
      for (size_t t = 0; t < Int8Scan::kTile; ++t) {
        for (size_t i = 0; i < Int8Scan::kPanel; ++i) {
          for (size_t b = 0; b < 4; ++b) sums[t][panel * Int8Scan::kPanel + i] += x[i * 4 + b] * q[t * 4 + b];
        }
      }
    }
  }
}

#if defined(COHEAR_VNNI)
// 6 x 4 sums of 16 items in registers: one step loads 4 registers of items and 6 broadcast groups of 4 query
// numbers, and multiplies 24 times.
__attribute__((target("avx512f,avx512bw,avx512vnni"))) void MultiplyVnni(const int8_t* queries,
                                                                         const uint8_t* items, size_t steps,
                                                                         Sums& sums) {
  __m512i sum[Int8Scan::kTile][kPanels];
#pragma GCC unroll 6
  for (size_t t = 0; t < Int8Scan::kTile; ++t)
#pragma GCC unroll 4
    for (size_t p = 0; p < kPanels; ++p) sum[t][p] = _mm512_setzero_si512();
  for (size_t step = 0; step < steps; ++step) {
    __m512i x[kPanels];
#pragma GCC unroll 4
    for (size_t p = 0; p < kPanels; ++p)
      x[p] = _mm512_loadu_si512(items + (p * steps + step) * Int8Scan::kPanel * 4);
#pragma GCC unroll 6
    for (size_t t = 0; t < Int8Scan::kTile; ++t) {
      int32_t four;
      __builtin_memcpy(&four, queries + (step * Int8Scan::kTile + t) * 4, 4);
      const __m512i q = _mm512_set1_epi32(four);
#pragma GCC unroll 4
      for (size_t p = 0; p < kPanels; ++p) sum[t][p] = _mm512_dpbusd_epi32(sum[t][p], x[p], q);
    }
  }
#pragma GCC unroll 6
  for (size_t t = 0; t < Int8Scan::kTile; ++t)
#pragma GCC unroll 4
    for (size_t p = 0; p < kPanels; ++p) _mm512_storeu_si512(&sums[t][p * Int8Scan::kPanel], sum[t][p]);
}
#endif

void Multiply(const int8_t* queries, const uint8_t* items, size_t steps, Sums& sums) {
#if defined(COHEAR_VNNI)
  if (Int8Scan::Pays()) return MultiplyVnni(queries, items, steps, sums);
#endif
  MultiplyPlain(queries, items, steps, sums);
}

struct Bound {
  float scale, norm, lost, slack, threshold;
  int32_t correction;
};

COHEAR_SIMD uint64_t Compare(const int32_t* sums, const float* scales, const float* losts, const float* norms,
                             const Bound& b) {
  uint8_t above[Int8Scan::kGroup];
  int any = 0;
  for (size_t i = 0; i < Int8Scan::kGroup; ++i) {
    const float middle = static_cast<float>(sums[i] - b.correction) * (scales[i] * b.scale);
    const float most = middle + (b.norm * losts[i] + (b.lost + b.slack) * norms[i]);
    above[i] = most > b.threshold;
    any |= most > b.threshold;
  }
  if (!any) return 0;
  uint64_t bits = 0;
  for (size_t i = 0; i < Int8Scan::kGroup; ++i) bits |= uint64_t{above[i]} << i;
  return bits;
}

}  // namespace

bool Int8Scan::Pays() {
#if defined(COHEAR_VNNI)
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vnni");
  return has;
#else
  return false;
#endif
}

Int8Scan::Int8Scan(std::span<const float> queries, size_t d)
    : count_(queries.size() / d),
      d_(d),
      steps_((d + 3) / 4),
      queries_(tiles() * steps_ * kTile * 4),
      facts_(tiles() * kTile) {
  sound_ = d <= kMostDimensions;
  std::vector<int8_t> copy(d);
  for (size_t q = 0; q < count_; ++q) {
    const Copied facts = Quantise(queries.data() + q * d, d, copy.data());
    if (!(facts.norm < kMostNorm)) sound_ = false;
    int8_t* const tile = &queries_[q / kTile * steps_ * kTile * 4];
    int32_t sum = 0;
    double squares = 0;
    for (size_t i = 0; i < d; ++i) {
      tile[(i / 4 * kTile + q % kTile) * 4 + i % 4] = copy[i];
      sum += copy[i];
      squares += double{facts.scale} * copy[i] * (double{facts.scale} * copy[i]);
    }
    facts_[q] = {facts.scale, static_cast<float>(std::sqrt(squares) * 1.0001), facts.lost, facts.norm,
                 128 * sum};
  }
}

bool Int8Scan::Load(const float* items, size_t rows) {
  rows_ = rows;
  const size_t all = groups() * kGroup;
  items_.resize(all * steps_ * 4);
  scales_.resize(all);
  lost_.resize(all);
  norms_.resize(all);
  std::atomic<bool> sound{true};
  ParallelFor(groups(), 4, [&](size_t begin, size_t end) {
    std::vector<int8_t> copy(steps_ * 4);
    for (size_t row = begin * kGroup; row < end * kGroup; ++row) {
      Copied facts{0, 0, 0};
      std::fill(copy.begin(), copy.end(), 0);
      if (row < rows) facts = Quantise(items + row * d_, d_, copy.data());
      if (!(facts.norm < kMostNorm)) sound.store(false, std::memory_order_relaxed);
      scales_[row] = facts.scale;
      lost_[row] = facts.lost;
      norms_[row] = facts.norm;
      uint8_t* const to = &items_[(row / kPanel * steps_ * kPanel + row % kPanel) * 4];
      for (size_t step = 0; step < steps_; ++step) {
        for (size_t b = 0; b < 4; ++b)
          to[step * kPanel * 4 + b] = static_cast<uint8_t>(copy[step * 4 + b] + 128);
      }
    }
  });
  return sound.load();
}

void Int8Scan::Above(size_t tile, size_t group, const float* thresholds, uint64_t* above) const {
  alignas(64) Sums sums;
  Multiply(&queries_[tile * steps_ * kTile * 4], &items_[group * kGroup * steps_ * 4], steps_, sums);
  const size_t first = group * kGroup;
  for (size_t t = 0; t < kTile; ++t) {
    const QueryFacts& q = facts_[tile * kTile + t];
    above[t] = Compare(sums[t], &scales_[first], &lost_[first], &norms_[first],
                       {q.scale, q.norm, q.lost, Slack(d_) * q.whole, thresholds[t], q.correction});
    if (rows_ - first < kGroup) above[t] &= (uint64_t{1} << (rows_ - first)) - 1;
  }
}

}  // namespace cohear
