#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

#include "core/pool.h"
#include "sampler/links.h"
#include "sampler/pairs.h"
#include "sampler/shuffle.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kRows = 1024;              // rows of pairs per grain
constexpr size_t kLinks = size_t{1} << 16;  // links per grain

// Pairs before each grain of rows; the last is how many there are.
std::vector<uint64_t> CountPairs(const PairRows& pairs) {
  std::vector<uint64_t> before((pairs.rows() + kRows - 1) / kRows + 1, 0);
  ParallelFor(pairs.rows(), kRows, [&](size_t begin, size_t end) {
    uint64_t own = 0;
    for (size_t row = begin; row < end; ++row) pairs.Each(row, [&](Row, Row) { ++own; });
    before[begin / kRows + 1] = own;
  });
  for (size_t g = 1; g < before.size(); ++g) before[g] += before[g - 1];
  return before;
}

// One bit per pair: `take` of `pairs` chosen uniformly without replacement by Floyd's method (see draw.h). Of
// more than half, the ones left out are chosen.
std::vector<uint64_t> Choose(uint32_t pairs, uint32_t take, const EpochOptions& options, uint32_t type) {
  const bool inverse = take > pairs / 2;
  const uint32_t chosen = inverse ? pairs - take : take;
  std::vector<uint64_t> bits(size_t{pairs} / 64 + 1, 0);
  Draws draws(options.seed, StreamWord(Stream::kUndersample, 0, type), options.epoch, 0);
  for (uint32_t j = pairs - chosen; j < pairs; ++j) {
    const uint32_t high = draws.Next(), low = draws.Next();
    uint32_t t = BelowWide(high, low, j + 1);
    if (bits[t / 64] >> (t % 64) & 1) t = j;
    bits[t / 64] |= uint64_t{1} << (t % 64);
  }
  if (inverse) {
    for (auto& word : bits) word = ~word;
    bits.back() &= (uint64_t{1} << (pairs % 64)) - 1;
  }
  return bits;
}

// Set bits in [begin, end).
uint64_t CountBits(const std::vector<uint64_t>& bits, uint64_t begin, uint64_t end) {
  uint64_t count = 0;
  while (begin < end) {
    const uint64_t offset = begin % 64, length = std::min<uint64_t>(64 - offset, end - begin);
    const uint64_t mask = length == 64 ? ~uint64_t{0} : ((uint64_t{1} << length) - 1) << offset;
    count += static_cast<uint64_t>(std::popcount(bits[begin / 64] & mask));
    begin += length;
  }
  return count;
}

// Writes the chosen pairs of one link type from position `at` on, in the order of the rows.
void Emit(const PairRows& pairs, const std::vector<uint64_t>& before, const std::vector<uint64_t>& bits,
          size_t at, uint32_t type, const EpochOptions& options, EpochLinks& out) {
  std::vector<uint64_t> begins(before.size(), at);
  for (size_t g = 1; g < begins.size(); ++g) {
    begins[g] = begins[g - 1] + CountBits(bits, before[g - 1], before[g]);
  }
  ParallelFor(pairs.rows(), kRows, [&](size_t begin, size_t end) {
    uint64_t rank = before[begin / kRows], place = begins[begin / kRows];
    for (size_t row = begin; row < end; ++row) {
      pairs.Each(row, [&](Row low, Row high) {
        const uint64_t own = rank++;
        if (!(bits[own / 64] >> (own % 64) & 1)) return;
        const Counter coin =
            Philox(options.seed, {low, high, StreamWord(Stream::kOrientation), options.epoch});
        const bool swap = coin[0] & 1;
        out.links.anchors[place] = swap ? high : low;
        out.links.positives[place] = swap ? low : high;
        out.relations[place] = type;
        ++place;
      });
    }
  });
}

void Shuffle(const EpochOptions& options, EpochLinks& out) {
  const auto order = ShuffledOrder(static_cast<uint32_t>(out.relations.size()), options.seed, options.epoch);
  for (RawVector<uint32_t>* column : {&out.links.anchors, &out.links.positives, &out.relations}) {
    RawVector<uint32_t> moved(order.size());
    ParallelFor(order.size(), kLinks, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) moved[i] = (*column)[order[i]];
    });
    column->swap(moved);
  }
}

}  // namespace

EpochLinks BalancedEpoch(const Graph& graph, const EpochOptions& options) {
  const auto types = LinkTypes(graph);
  EpochLinks out;
  std::vector<std::optional<PairRows>> rows(types.size());
  ParallelFor(types.size(), 1, [&](size_t begin, size_t end) {
    for (size_t t = begin; t < end; ++t) rows[t].emplace(graph, types[t]);
  });
  std::vector<std::vector<uint64_t>> before;  // of each link type
  uint64_t rarest = std::numeric_limits<uint32_t>::max(), total = 0;
  for (size_t t = 0; t < types.size(); ++t) {
    before.push_back(CountPairs(*rows[t]));
    const uint64_t pairs = before[t].back();
    // A link type without pairs says nothing about balance; it must not bring all others to zero.
    if (pairs > 0) rarest = std::min(rarest, pairs);
    COHEAR_REQUIRE(pairs < (uint64_t{1} << 32), Code::kRange,
                   "a link type has " << pairs << " pairs, want below 2^32");
    out.types.push_back({types[t].low, types[t].high, static_cast<uint32_t>(pairs), 0});
  }
  for (auto& type : out.types) {
    uint64_t take = options.balanced ? std::min<uint64_t>(type.pairs, rarest) : type.pairs;
    if (options.max_per_relation) take = std::min<uint64_t>(take, *options.max_per_relation);
    type.taken = static_cast<uint32_t>(take);
    total += take;
  }
  COHEAR_REQUIRE(total < (uint64_t{1} << 32), Code::kRange,
                 "the epoch has " << total << " links, want below 2^32; set a maximum per relation");
  out.links.anchors.resize(total);
  out.links.positives.resize(total);
  out.relations.resize(total);
  size_t at = 0;
  for (uint32_t t = 0; t < types.size(); ++t) {
    const auto bits = Choose(out.types[t].pairs, out.types[t].taken, options, t);
    Emit(*rows[t], before[t], bits, at, t, options, out);
    at += out.types[t].taken;
  }
  Shuffle(options, out);
  return out;
}

}  // namespace cohear
