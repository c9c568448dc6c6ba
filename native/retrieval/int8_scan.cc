#include "retrieval/int8_scan.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
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
constexpr size_t kLeastBuckets = 512;
constexpr float kTiny = 1e-30f;
constexpr size_t kMostDimensions = 1 << 15;  // their sum fits 32 bits

struct Copied {
  float scale, lost, norm;  // of the vector: its 8-bit unit, what rounding took away, its length
};

// Lanes that sums are kept in, whatever the vectors' width: so many sums have the same bits everywhere.
constexpr size_t kLanes = 16;

// to[i] = round(x[i] / scale), 0 where x is all but zero.
template <size_t kBytes>
COHEAR_INLINE void Quantise(const float* x, size_t d, int8_t* to, Copied& copied) {
  using Floats = typename Vectors<kBytes>::Floats;
  using Ints = typename Vectors<kBytes>::Ints;
  using Bytes = typename Vectors<kBytes>::Bytes;
  constexpr size_t kWide = Vectors<kBytes>::kLanes, kVectors = kLanes / kWide;
  int32_t most_bits = 0;
  for (size_t i = 0; i < d; ++i) {
    const int32_t bits = std::bit_cast<int32_t>(x[i]) & 0x7fffffff;  // in the order of |x|, NaN last
    most_bits = bits > most_bits ? bits : most_bits;
  }
  const float most = std::bit_cast<float>(most_bits);
  // Squares of what is far smaller than kLeast are lost; of what is not, they are within Slack's second half.
  if (!(most - most == 0) || (most > 0 && most < kLeast)) {
    copied = {0, 0, std::numeric_limits<float>::infinity()};
    return;
  }
  const float scale = most / 127, inverse = scale > 0 ? 1 / scale : 0;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves a whole number
  Floats lost[kVectors] = {}, norm[kVectors] = {};
  size_t i = 0;
  for (; i + kLanes <= d; i += kLanes) {
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) {
      Floats value;
      std::memcpy(&value, x + i + v * kWide, sizeof value);
      const Floats whole = (value * inverse + kRound) - kRound, error = value - whole * scale;
      lost[v] += error * error;
      norm[v] += value * value;
      const Ints numbers = __builtin_convertvector(whole, Ints);
      const Bytes bytes = __builtin_convertvector(numbers, Bytes);
      std::memcpy(to + i + v * kWide, &bytes, sizeof bytes);
    }
  }
  float losts[kLanes], norms[kLanes];
  std::memcpy(losts, lost, sizeof lost);
  std::memcpy(norms, norm, sizeof norm);
  for (size_t lane = 0; i < d; ++i, ++lane) {
    const float value = x[i], whole = (value * inverse + kRound) - kRound;
    to[i] = static_cast<int8_t>(static_cast<int32_t>(whole));
    const float error = value - whole * scale;
    losts[lane] += error * error;
    norms[lane] += value * value;
  }
  double lost_sum = 0, norm_sum = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    lost_sum += losts[lane];
    norm_sum += norms[lane];
  }
  // The 1.0001 covers the rounding of the sums.
  copied = {scale, static_cast<float>(std::sqrt(lost_sum) * 1.0001),
            static_cast<float>(std::sqrt(norm_sum) * 1.0001)};
}

COHEAR_VECTORS(Quantise, (const float* x, size_t d, int8_t* to, Copied& copied), (x, d, to, copied))

using Sums = Int8Scan::Sums;

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

void MultiplyBest(const int8_t* queries, const uint8_t* items, size_t steps, Sums& sums) {
#if defined(COHEAR_VNNI)
  if (Int8Scan::Pays()) return MultiplyVnni(queries, items, steps, sums);
#endif
  MultiplyPlain(queries, items, steps, sums);
}

COHEAR_SIMD uint64_t Compare(const int32_t* sums, const float* scales, const float* losts, const float* norms,
                             const Int8Scan::Bound& b, float threshold) {
  uint8_t above[Int8Scan::kGroup];
  int any = 0;
  for (size_t i = 0; i < Int8Scan::kGroup; ++i) {
    const float middle = static_cast<float>(sums[i] - b.correction) * (scales[i] * b.scale);
    const float most = middle + (b.norm * losts[i] + b.missed * norms[i]);
    above[i] = most > threshold;
    any |= most > threshold;
  }
  if (!any) return 0;
  uint64_t bits = 0;
  for (size_t i = 0; i < Int8Scan::kGroup; ++i) bits |= uint64_t{above[i]} << i;
  return bits;
}

// best[i] = the least that item i may score, if that is more.
COHEAR_SIMD void RaiseLeast(const int32_t* __restrict sums, const float* __restrict scales,
                            const float* __restrict losts, const float* __restrict norms,
                            const Int8Scan::Bound& b, float* __restrict best) {
  for (size_t i = 0; i < Int8Scan::kGroup; ++i) {
    const float middle = static_cast<float>(sums[i] - b.correction) * (scales[i] * b.scale);
    const float least = middle - (b.norm * losts[i] + b.missed * norms[i]);
    best[i] = least > best[i] ? least : best[i];
  }
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
    Copied facts;
    Quantise(queries.data() + q * d, d, copy.data(), facts);
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
      if (row < rows) Quantise(items + row * d_, d_, copy.data(), facts);
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

Int8Scan::Bound Int8Scan::BoundOf(size_t query) const {
  const QueryFacts& q = facts_[query];
  return {q.scale, q.norm, q.lost + Slack(d_) * q.whole, q.correction};
}

void Int8Scan::Multiply(size_t tile, size_t group, Sums& sums) const {
  MultiplyBest(&queries_[tile * steps_ * kTile * 4], &items_[group * kGroup * steps_ * 4], steps_, sums);
}

void Int8Scan::Above(size_t tile, size_t group, const Sums& sums, const float* thresholds,
                     uint64_t* above) const {
  const size_t first = group * kGroup;
  for (size_t t = 0; t < kTile; ++t) {
    above[t] = Compare(sums[t], &scales_[first], &lost_[first], &norms_[first], BoundOf(tile * kTile + t),
                       thresholds[t]);
    if (rows_ - first < kGroup) above[t] &= (uint64_t{1} << (rows_ - first)) - 1;
  }
}

float Int8Scan::Floor(size_t tile, size_t q, const Sums* all, size_t count) const {
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  const Bound b = BoundOf(tile * kTile + q);
  const size_t whole = rows_ / kGroup;  // the rest of the last group are no items
  const size_t in_bucket = std::max<size_t>(1, whole * kGroup / std::max(kLeastBuckets, 4 * count));
  std::vector<float> best((whole + in_bucket - 1) / in_bucket * kGroup, kNone);
  if (count == 0 || count > best.size()) return kNone;
  for (size_t group = 0; group < whole; ++group) {
    const size_t first = group * kGroup;
    RaiseLeast(all[group][q], &scales_[first], &lost_[first], &norms_[first], b,
               &best[group / in_bucket * kGroup]);
  }
  const auto nth = best.begin() + static_cast<ptrdiff_t>(count - 1);
  std::nth_element(best.begin(), nth, best.end(), std::greater<>());
  // The next float below; around 0 not a denormal, which a comparison may take for 0.
  return std::abs(*nth) > kTiny ? std::nextafter(*nth, kNone) : -kTiny;
}

}  // namespace cohear
