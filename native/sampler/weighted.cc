#include "sampler/weighted.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "core/simd.h"

namespace cohear {
namespace {

constexpr uint32_t kShort = 64;  // up to here waiting times are ranked by comparing all with all
constexpr uint32_t kScan = 32;   // up to here a scan of what was taken beats a bitmap

// times[j] = -ln(u_j) / weights[j] with u_j from bits[j], never 0 or 1. The logarithm is ours, so that it has
// the same bits wherever it runs: ln(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), m in [1, 2); off by 1e-9
// at most.
COHEAR_SIMD void WaitingTimes(const uint32_t* bits, const float* weights, uint32_t n, double* times) {
  for (uint32_t j = 0; j < n; ++j) {
    const double u = (static_cast<double>(static_cast<int32_t>(bits[j] ^ 0x80000000u)) + 2147483648.5) *
                     (1.0 / 4294967296.0);
    const uint64_t word = std::bit_cast<uint64_t>(u);
    // The biased exponent as a double, by putting it into the lowest bits of 2^52.
    const double exponent =
        std::bit_cast<double>((word >> 52) | 0x4330000000000000ull) - (4503599627370496.0 + 1023.0);
    const double m = std::bit_cast<double>((word & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
    const double s = (m - 1) / (m + 1), q = s * s;
    const double series =
        1 +
        q * (1.0 / 3 +
             q * (1.0 / 5 +
                  q * (1.0 / 7 +
                       q * (1.0 / 9 + q * (1.0 / 11 + q * (1.0 / 13 + q * (1.0 / 15 + q * (1.0 / 17))))))));
    times[j] = -(exponent * 0.6931471805599453 + 2 * s * series) / static_cast<double>(weights[j]);
  }
}

// How many come before `own` (at position j); the lower position is first of two that are equal.
COHEAR_SIMD uint32_t Rank(const double* times, uint32_t n, uint32_t j) {
  const double own = times[j];
  uint32_t rank = 0;
  for (uint32_t i = 0; i < j; ++i) rank += times[i] <= own;
  for (uint32_t i = j + 1; i < n; ++i) rank += times[i] < own;
  return rank;
}

bool Barred(const Urn& urn, uint32_t position) {
  return std::binary_search(urn.barred.begin(), urn.barred.end(), position);
}

uint32_t One(Draws& draws, const Urn& urn) {
  const uint32_t high = draws.Next(), low = draws.Next();
  const uint32_t n = static_cast<uint32_t>(urn.weights.size());
  if (!urn.alias.empty()) {
    const uint32_t slot = Below(high, n);
    return low < urn.alias[slot].threshold ? slot : urn.alias[slot].other;
  }
  const double share =
      (static_cast<double>(high) + static_cast<double>(low) * (1.0 / 4294967296.0)) * (1.0 / 4294967296.0);
  const auto sums = urn.sums.first(n);
  const auto found = std::upper_bound(sums.begin(), sums.end(), share * sums.back());
  return std::min(static_cast<uint32_t>(found - sums.begin()),
                  n - 1);  // should rounding end on the sum itself
}

}  // namespace

void BuildAlias(std::span<const float> weights, std::span<AliasSlot> slots) {
  const size_t n = weights.size();
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  thread_local std::vector<double> share;
  thread_local std::vector<uint32_t> small, large;
  share.resize(n);
  small.clear();
  large.clear();
  for (size_t j = 0; j < n; ++j) {
    share[j] = weights[j] * (static_cast<double>(n) / sum);
    (share[j] < 1 ? small : large).push_back(static_cast<uint32_t>(j));
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t low = small.back(), high = large.back();
    small.pop_back();
    slots[low] = {static_cast<uint32_t>(std::min(share[low] * 4294967296.0, 4294967295.0)), high};
    share[high] -= 1 - share[low];
    if (share[high] < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
  // What is left over holds its own slot whole, up to rounding.
  for (const auto& rest : {small, large}) {
    for (const uint32_t j : rest) slots[j] = {0, j};
  }
}

uint32_t WeightedSampler::OneExactly(Draws& draws, const Urn& urn) {
  double sum = 0;
  for (uint32_t j = 0; j < urn.weights.size(); ++j) sum += Barred(urn, j) ? 0.0 : urn.weights[j];
  double left = sum * ((draws.Next() + 0.5) * (1.0 / 4294967296.0));
  uint32_t last = 0;
  for (uint32_t j = 0; j < urn.weights.size(); ++j) {
    if (Barred(urn, j)) continue;
    last = j;
    left -= urn.weights[j];
    if (left < 0) break;
  }
  return last;
}

void WeightedSampler::WithReplacement(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out) {
  for (uint32_t i = 0; i < k; ++i) {
    out[i] = One(draws, urn);
    if (urn.barred.empty()) continue;
    for (int attempt = 0; Barred(urn, out[i]); ++attempt) {
      out[i] = attempt < 32 ? One(draws, urn) : OneExactly(draws, urn);
    }
  }
}

void WeightedSampler::WithoutReplacement(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out) {
  const uint32_t n = static_cast<uint32_t>(urn.weights.size());
  if (n <= kShort && n <= 2 * k) return FirstToArrive(draws, urn, k, out);
  const bool bitmap = k > kScan;
  if (bitmap && seen_.size() < n / 64 + 1) seen_.resize(n / 64 + 1, 0);
  const auto taken = [&](uint32_t position, uint32_t i) {
    if (bitmap) return (seen_[position / 64] >> (position % 64) & 1) != 0;
    bool found = false;
    for (uint32_t m = 0; m < i; ++m) found |= out[m] == position;
    return found;
  };
  uint32_t drawn = 0;
  for (uint32_t left = std::max(4 * k + 16, n / 8); drawn < k && left > 0; --left) {
    const uint32_t position = One(draws, urn);
    if (taken(position, drawn) || (!urn.barred.empty() && Barred(urn, position))) continue;
    if (bitmap) seen_[position / 64] |= uint64_t{1} << (position % 64);
    out[drawn++] = position;
  }
  if (bitmap) {
    for (uint32_t i = 0; i < drawn; ++i) seen_[out[i] / 64] = 0;
  }
  if (drawn == k) return;
  // The rest from what is left, as if what was drawn had never been there.
  std::vector<uint32_t> barred(urn.barred.begin(), urn.barred.end());
  barred.insert(barred.end(), out, out + drawn);
  std::sort(barred.begin(), barred.end());
  FirstToArrive(draws, {urn.weights, {}, {}, barred}, k - drawn, out + drawn);
}

void WeightedSampler::FirstToArrive(Draws& draws, const Urn& urn, uint32_t k, uint32_t* out) {
  const uint32_t n = static_cast<uint32_t>(urn.weights.size());
  bits_.resize(n);
  times_.resize(n);
  for (uint32_t j = 0; j < n; ++j) bits_[j] = draws.Next();
  WaitingTimes(bits_.data(), urn.weights.data(), n, times_.data());
  for (const uint32_t position : urn.barred) times_[position] = std::numeric_limits<double>::infinity();
  if (n <= kShort) {
    for (uint32_t j = 0; j < n; ++j) {
      const uint32_t rank = Rank(times_.data(), n, j);
      if (rank < k) out[rank] = j;
    }
    return;
  }
  order_.resize(n);
  std::iota(order_.begin(), order_.end(), 0u);
  const auto sooner = [&](uint32_t a, uint32_t b) {
    return times_[a] != times_[b] ? times_[a] < times_[b] : a < b;
  };
  std::nth_element(order_.begin(), order_.begin() + k - 1, order_.end(), sooner);
  std::sort(order_.begin(), order_.begin() + k, sooner);
  std::copy(order_.begin(), order_.begin() + k, out);
}

}  // namespace cohear
