#include "sampler/weighted.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "core/prefetch.h"
#include "core/simd.h"

namespace cohear {
namespace {

constexpr uint32_t kShort = 64;  // up to here waiting times are ranked by comparing all with all
constexpr uint32_t kScan = 32;   // draws up to here may share marks, which a scan then tells apart
constexpr uint32_t kMarks = 1024;

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

// How many times are less than each.
COHEAR_SIMD void Ranks(const double* times, uint32_t n, uint64_t* ranks) {
  for (uint32_t j = 0; j < n; ++j) ranks[j] = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const double other = times[i];
    for (uint32_t j = 0; j < n; ++j) ranks[j] += other < times[j];
  }
}

// Whether draws by table are likely to find what is below the limit soon. Judged by numbers, for which
// nothing has to be read; draws that keep falling past the limit have the weights looked at (Positions).
bool ByTable(const Urn& urn) { return 4 * size_t{urn.limit} >= urn.weights.size(); }
bool MostlyBelowLimit(const Urn& urn) {
  return urn.limit == urn.weights.size() || 4 * urn.sums[urn.limit - 1] >= urn.sums.back();
}
constexpr uint32_t kPatience = 16;  // draws past the limit

bool ByWaitingTimes(const Urn& urn, uint32_t k) { return urn.limit <= kShort && urn.limit <= 2 * k; }

// A draw from the table: a slot, and whether it is meant itself. Of a short list one word says both, its
// product with the length giving the slot above and what is left below; 22 bits of that are about a float's.
struct Shot {
  uint32_t slot, fraction;
};
uint32_t WordsOfShot(uint32_t n) { return n <= 1024 ? 1 : 2; }
Shot Shoot(const uint32_t* words, uint32_t n) {
  const uint64_t product = uint64_t{words[0]} * n;
  return {static_cast<uint32_t>(product >> 32),
          WordsOfShot(n) == 1 ? static_cast<uint32_t>(product) : words[1]};
}

// What was drawn.
struct Found {
  uint32_t position;
  Row row;
};

// By masks, since which of a slot's two it is cannot be predicted and compilers make a branch of a choice.
Found AtSlot(const Urn& urn, uint32_t place, uint32_t fraction) {
  const RowSlot& slot = urn.alias[place];
  const uint32_t other = 0 - static_cast<uint32_t>(fraction >= slot.threshold);
  return {place ^ ((place ^ slot.other) & other), slot.own_row ^ ((slot.own_row ^ slot.other_row) & other)};
}

// The draws of one node, the shots first. May give positions past the limit.
class Positions {
 public:
  Positions(Draws& draws, const Shots& shots, const Urn& urn)
      : draws_(draws), shots_(shots), urn_(urn), by_table_(ByTable(urn)) {}

  Found Next() {
    if (used_ < shots_.count) {
      ++used_;
      return Counted(AtSlot(urn_, shots_.slots[used_ - 1], shots_.fractions[used_ - 1]));
    }
    if (missed_ >= kPatience && by_table_) by_table_ = MostlyBelowLimit(urn_);
    if (by_table_) {
      const uint32_t n = static_cast<uint32_t>(urn_.weights.size());
      const uint32_t words[] = {draws_.Next(), WordsOfShot(n) == 1 ? 0 : draws_.Next()};
      const Shot shot = Shoot(words, n);
      return Counted(AtSlot(urn_, shot.slot, shot.fraction));
    }
    const uint32_t high = draws_.Next(), low = draws_.Next();
    const double share = (high + low * 0x1p-32) * 0x1p-32;
    const auto sums = urn_.sums.first(urn_.limit);
    const auto found = std::upper_bound(sums.begin(), sums.end(), share * sums.back());
    const uint32_t position = std::min(static_cast<uint32_t>(found - sums.begin()),
                                       urn_.limit - 1);  // should rounding go past it
    return {position, urn_.rows[position]};
  }

 private:
  Found Counted(Found found) {
    missed_ += found.position >= urn_.limit;
    return found;
  }

  Draws& draws_;
  const Shots& shots_;
  const Urn& urn_;
  bool by_table_;
  uint32_t used_ = 0, missed_ = 0;
};

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

void WeightedSampler::Aim(Draws& draws, const Urn& urn, uint32_t k, bool replace, Shots& shots) {
  shots.count = 0;
  if (!replace && ByWaitingTimes(urn, k)) {
    for (uint32_t j = 0; j < urn.limit; j += 16) {
      Prefetch(&urn.weights[j]);
      Prefetch(&urn.rows[j]);
    }
    return;
  }
  if (!ByTable(urn)) return;
  const uint32_t n = static_cast<uint32_t>(urn.weights.size());
  // Some draws are in vain: about as many more as make one in four.
  shots.count = std::min(Shots::kMost, k + k / 4);
  uint32_t words[2 * Shots::kMost + Draws::kSpare];
  const uint32_t each = WordsOfShot(n);
  draws.Take(each * shots.count, words);
  for (uint32_t i = 0; i < shots.count; ++i) {
    const Shot shot = Shoot(words + each * i, n);
    shots.slots[i] = shot.slot;
    shots.fractions[i] = shot.fraction;
    Prefetch(&urn.alias[shot.slot]);
  }
}

// Slow, and reached only where nearly all of the weight is barred.
uint32_t WeightedSampler::OneExactly(Draws& draws, const Urn& urn) {
  double sum = 0;
  for (uint32_t j = 0; j < urn.limit; ++j) sum += urn.open(j) ? urn.weights[j] : 0.0;
  double left = sum * ((draws.Next() + 0.5) * 0x1p-32);
  uint32_t last = 0;
  for (uint32_t j = 0; j < urn.limit; ++j) {
    if (!urn.open(j)) continue;
    last = j;
    left -= urn.weights[j];
    if (left < 0) break;
  }
  return last;
}

void WeightedSampler::WithReplacement(Draws& draws, const Shots& shots, const Urn& urn, uint32_t k,
                                      Row* out) {
  Positions positions(draws, shots, urn);
  for (uint32_t i = 0; i < k; ++i) {
    Found found = positions.Next();
    for (int attempt = 0; !urn.open(found.position); ++attempt) {
      if (attempt < 32) {
        found = positions.Next();
      } else {
        const uint32_t position = OneExactly(draws, urn);
        found = {position, urn.rows[position]};
      }
    }
    out[i] = found.row;
  }
}

void WeightedSampler::WithoutReplacement(Draws& draws, const Shots& shots, const Urn& urn, uint32_t k,
                                         Row* out) {
  if (ByWaitingTimes(urn, k)) return FirstToArrive(draws, urn, k, out);
  // A bit per position; of few draws from a long list, one that positions share, which mostly nobody holds.
  const uint32_t n = static_cast<uint32_t>(urn.weights.size());
  const bool shared = k <= kScan && n > kMarks;
  const uint32_t mask = shared ? kMarks - 1 : ~uint32_t{0};
  if (seen_.size() < std::max(n, kMarks) / 64 + 1) seen_.resize(std::max(n, kMarks) / 64 + 1, 0);
  if (drawn_.size() <= k) drawn_.resize(k + 1);
  uint64_t* const seen = seen_.data();
  uint32_t* const positions = drawn_.data();
  Positions next(draws, shots, urn);
  uint32_t drawn = 0;
  // Without a branch: whether a draw gives something new cannot be predicted. One that does not is written
  // over.
  for (uint32_t left = std::max(8 * k + 16, urn.limit / 8); drawn < k && left > 0; --left) {
    const Found found = next.Next();
    const bool open = urn.open(found.position);
    uint64_t& word = seen[(found.position & mask) / 64];
    bool taken = word >> (found.position % 64) & 1;
    if (shared && taken) taken = std::find(positions, positions + drawn, found.position) != positions + drawn;
    word |= uint64_t{open} << (found.position % 64);
    positions[drawn] = found.position;
    out[drawn] = found.row;
    drawn += open & !taken;
  }
  for (uint32_t i = 0; i < drawn; ++i) seen[(positions[i] & mask) / 64] = 0;
  if (drawn == k) return;
  // The rest from what is left, as if what was drawn had never been there.
  std::vector<uint32_t> barred(urn.barred.begin(), urn.barred.end());
  barred.insert(barred.end(), positions, positions + drawn);
  std::sort(barred.begin(), barred.end());
  FirstToArrive(draws, {urn.rows, urn.weights, {}, {}, urn.limit, barred}, k - drawn, out + drawn);
}

void WeightedSampler::FirstToArrive(Draws& draws, const Urn& urn, uint32_t k, Row* out) {
  const uint32_t n = urn.limit;
  bits_.resize(n + Draws::kSpare);
  times_.resize(n);
  draws.Take(n, bits_.data());
  WaitingTimes(bits_.data(), urn.weights.data(), n, times_.data());
  for (const uint32_t position : urn.barred) times_[position] = std::numeric_limits<double>::infinity();
  order_.resize(n);
  if (n <= kShort) {
    ranks_.resize(n);
    Ranks(times_.data(), n, ranks_.data());
    uint64_t sum = 0;
    for (uint32_t j = 0; j < n; ++j) {
      order_[ranks_[j]] = j;
      sum += ranks_[j];
    }
    // Where no two are equal, which is nearly always.
    if (2 * sum == uint64_t{n} * (n - 1)) {
      for (uint32_t i = 0; i < k; ++i) out[i] = urn.rows[order_[i]];
      return;
    }
  }
  std::iota(order_.begin(), order_.end(), 0u);
  const auto sooner = [&](uint32_t a, uint32_t b) {
    return times_[a] != times_[b] ? times_[a] < times_[b] : a < b;
  };
  std::nth_element(order_.begin(), order_.begin() + k - 1, order_.end(), sooner);
  std::sort(order_.begin(), order_.begin() + k, sooner);
  for (uint32_t i = 0; i < k; ++i) out[i] = urn.rows[order_[i]];
}

}  // namespace cohear
