#include "sampler/weighted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/random.h"

namespace cohear {
namespace {

std::vector<AliasSlot> AliasOf(const std::vector<float>& weights) {
  std::vector<AliasSlot> slots(weights.size());
  BuildAlias(weights, slots);
  return slots;
}

std::vector<double> SumsOf(const std::vector<float>& weights) {
  std::vector<double> sums(weights.begin(), weights.end());
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  return sums;
}

// The probability of each position, as the table says it.
std::vector<double> Shares(const std::vector<AliasSlot>& slots) {
  std::vector<double> shares(slots.size(), 0);
  for (size_t j = 0; j < slots.size(); ++j) {
    const double own = slots[j].threshold / 4294967296.0;
    shares[j] += own / static_cast<double>(slots.size());
    shares[slots[j].other] += (1 - own) / static_cast<double>(slots.size());
  }
  return shares;
}

TEST(Alias, HoldsTheSharesOfAnyWeights) {
  std::vector<std::vector<float>> cases{{3}, {1, 1}, {1, 3}, {0.5f, 0.5f, 7}, {1e-6f, 1e6f, 1}};
  std::vector<float> many;
  for (uint32_t j = 0; j < 1000; ++j)
    many.push_back(static_cast<float>(1 + Philox(1, {j, 0, 0, 0})[0] % 1000));
  cases.push_back(many);
  for (const auto& weights : cases) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    const auto shares = Shares(AliasOf(weights));
    for (size_t j = 0; j < weights.size(); ++j) EXPECT_NEAR(shares[j], weights[j] / sum, 1e-9);
  }
}

// An urn over the first `limit` of a list, with the tables that it needs.
struct Tables {
  Tables(const std::vector<float>& given, uint32_t limit, std::vector<uint32_t> out = {})
      : rows(given.size()), weights(given), sums(SumsOf(given)), barred(std::move(out)), limit(limit) {
    std::iota(rows.begin(), rows.end(), 0u);  // so that a row says its position
    for (const AliasSlot& slot : AliasOf(given))
      alias.push_back({slot, static_cast<Row>(alias.size()), slot.other});
  }
  Urn urn() const { return {rows, weights, alias, sums, limit, barred}; }

  std::vector<Row> rows;
  std::vector<float> weights;
  std::vector<RowSlot> alias;
  std::vector<double> sums;
  std::vector<uint32_t> barred;
  uint32_t limit;
};

std::vector<uint32_t> Drawn(WeightedSampler& sampler, Draws draws, const Urn& urn, uint32_t k, bool replace) {
  std::vector<uint32_t> out(k);
  Shots shots;
  WeightedSampler::Aim(draws, urn, k, replace, shots);
  if (replace)
    sampler.WithReplacement(draws, shots, urn, k, out.data());
  else
    sampler.WithoutReplacement(draws, shots, urn, k, out.data());
  return out;
}

// Counts of what came out against their probabilities: sum of (seen - expected)^2 / expected.
double ChiSquared(const std::map<std::vector<uint32_t>, double>& probability,
                  const std::map<std::vector<uint32_t>, int>& seen, int draws) {
  double chi = 0;
  for (const auto& [outcome, share] : probability) {
    const auto found = seen.find(outcome);
    const double difference = (found == seen.end() ? 0 : found->second) - share * draws;
    chi += difference * difference / (share * draws);
  }
  return chi;
}

// What is drawn two by two, in order, from `weights` without the barred positions: by the definition.
std::map<std::vector<uint32_t>, double> Pairs(const std::vector<float>& weights,
                                              const std::vector<uint32_t>& barred) {
  std::map<std::vector<uint32_t>, double> probability;
  const auto open = [&](uint32_t j) { return std::find(barred.begin(), barred.end(), j) == barred.end(); };
  double sum = 0;
  for (uint32_t j = 0; j < weights.size(); ++j) sum += open(j) ? weights[j] : 0.0;
  for (uint32_t a = 0; a < weights.size(); ++a) {
    for (uint32_t b = 0; b < weights.size(); ++b) {
      if (a == b || !open(a) || !open(b)) continue;
      probability[{a, b}] = weights[a] / sum * weights[b] / (sum - weights[a]);
    }
  }
  return probability;
}

struct Case {
  const char* name;
  std::vector<float> weights;
  std::vector<uint32_t> barred;
  uint32_t young = 0;  // positions past the limit
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class WeightedPairs : public ::testing::TestWithParam<Case> {};

TEST_P(WeightedPairs, ComeOutByTheDefinition) {
  const Case& c = GetParam();
  const uint32_t limit = static_cast<uint32_t>(c.weights.size()) - c.young;
  const Tables tables(c.weights, limit, c.barred);
  const auto probability = Pairs({c.weights.begin(), c.weights.begin() + limit}, c.barred);
  constexpr int kDraws = 40000;
  std::map<std::vector<uint32_t>, int> seen;
  WeightedSampler sampler;
  for (uint32_t i = 0; i < kDraws; ++i) ++seen[Drawn(sampler, Draws(5, i, 1, 2), tables.urn(), 2, false)];
  for (const auto& [outcome, count] : seen) ASSERT_TRUE(probability.contains(outcome));
  // A fair sampler is above mean + 5 standard deviations once in a million or so.
  const double freedom = static_cast<double>(probability.size()) - 1;
  EXPECT_LT(ChiSquared(probability, seen, kDraws), freedom + 5 * std::sqrt(2 * freedom));
}

std::vector<float> Skewed() {  // one position holds nearly all: draws by table would go on for ever
  std::vector<float> weights(70, 1);
  weights[7] = 1e9f;
  return weights;
}

INSTANTIATE_TEST_SUITE_P(Cases, WeightedPairs,
                         ::testing::Values(Case{"waiting times", {1, 2, 3, 4}, {}},
                                           Case{"waiting times, barred", {1, 5, 2, 3}, {1}},
                                           Case{"waiting times, some young", {1, 2, 3, 4, 9, 9}, {}, 2},
                                           Case{"table", {1, 2, 3, 4, 5, 0.5f}, {}},
                                           Case{"table, barred", {1, 2, 3, 4, 5, 6}, {0, 4}},
                                           Case{"table, some young", {1, 2, 3, 4, 5, 0.5f, 2, 8}, {}, 2},
                                           Case{"sums", {1, 2, 3, 4, 5, 0.5f, 100}, {}, 1},
                                           Case{"sums, barred", {1, 2, 3, 4, 5, 6, 70, 80}, {5}, 2},
                                           Case{"one holds nearly all", Skewed(), {}}));

TEST(Weighted, LongListsTakeEachOnce) {
  std::vector<float> weights(500);
  for (uint32_t j = 0; j < 500; ++j) weights[j] = static_cast<float>(1 + j % 7);
  const std::vector<uint32_t> barred{3, 77, 499};
  const Tables tables(weights, 500, barred);
  WeightedSampler sampler;
  for (const uint32_t k : {1u, 20u, 40u, 300u, 497u}) {
    const auto out = Drawn(sampler, Draws(1, k, 0, 0), tables.urn(), k, false);
    const std::set<uint32_t> set(out.begin(), out.end());
    EXPECT_EQ(set.size(), k);
    for (const uint32_t position : barred) EXPECT_FALSE(set.contains(position));
    EXPECT_LT(*set.rbegin(), 500u);
  }
}

// One sampler for all, so that a mark that a call leaves behind would keep a position out of a later one.
TEST(Weighted, ShareMarksInListsOfThousands) {
  std::vector<float> weights(3000);
  for (uint32_t j = 0; j < 3000; ++j) weights[j] = static_cast<float>(1 + j % 7);
  WeightedSampler sampler;
  std::vector<int> seen(3000, 0);
  for (const uint32_t limit : {3000u, 2000u, 300u}) {
    const std::vector<uint32_t> barred{3, 77, 1027};
    const Tables tables(weights, limit, barred);
    for (uint32_t call = 0; call < 2000; ++call) {
      const uint32_t k = 1 + call % 32;
      const auto out = Drawn(sampler, Draws(4, call, limit, 0), tables.urn(), k, false);
      const std::set<uint32_t> set(out.begin(), out.end());
      ASSERT_EQ(set.size(), k);
      ASSERT_LT(*set.rbegin(), limit);
      for (const uint32_t position : barred) ASSERT_FALSE(set.contains(position));
      if (limit == 3000)
        for (const uint32_t position : out) ++seen[position];
    }
  }
  // 33000 draws of 12000 of weight: those of weight 7 come out about 19 times.
  double heaviest = 0;
  for (uint32_t j = 6; j < 3000; j += 7) heaviest += seen[j];
  EXPECT_NEAR(heaviest, 33000 * 7.0 / 28, 400);
}

// By waiting times, by table, by running sums, and where a position holds nearly all.
TEST(Weighted, RowsAreThoseOfThePositions) {
  std::vector<float> weights(400);
  for (uint32_t j = 0; j < 400; ++j) weights[j] = static_cast<float>(1 + j % 5);
  std::vector<float> steep(100, 1e-6f);
  steep[50] = 1;
  WeightedSampler sampler;
  uint32_t call = 0;
  for (const std::vector<float>& list :
       {weights, steep, std::vector<float>(weights.begin(), weights.begin() + 12)}) {
    const uint32_t n = static_cast<uint32_t>(list.size());
    for (const uint32_t limit : {n, n / 2, n / 10 + 1}) {
      const Tables positions(list, limit);
      Tables rows = positions;
      const auto row_of = [](uint32_t position) { return 5000 - 3 * position; };
      for (Row& row : rows.rows) row = row_of(row);
      for (RowSlot& slot : rows.alias) slot = {slot, row_of(slot.own_row), row_of(slot.other_row)};
      for (const uint32_t k : {1u, 2u, limit / 2, limit}) {
        for (const bool replace : {false, true}) {
          const Draws draws(5, ++call, 0, 0);
          auto want = Drawn(sampler, draws, positions.urn(), k, replace);
          for (uint32_t& position : want) position = row_of(position);
          ASSERT_EQ(Drawn(sampler, draws, rows.urn(), k, replace), want)
              << k << " of " << limit << " of " << n;
        }
      }
    }
  }
}

TEST(Weighted, WithReplacementByShare) {
  constexpr uint32_t kDraws = 40000;
  WeightedSampler sampler;
  for (const std::vector<float>& weights :
       {std::vector<float>{1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 90}}) {
    for (const std::vector<uint32_t>& barred : {std::vector<uint32_t>{}, {3}, {0, 3}}) {
      const Tables tables(weights, 4, barred);
      const uint32_t stream = static_cast<uint32_t>(barred.size() + 10 * weights.back());
      const auto out = Drawn(sampler, Draws(9, stream, 0, 0), tables.urn(), kDraws, true);
      double sum = 10;
      for (const uint32_t j : barred) sum -= weights[j];
      for (uint32_t j = 0; j < 4; ++j) {
        const bool open = std::find(barred.begin(), barred.end(), j) == barred.end();
        const double expected = open ? kDraws * weights[j] / sum : 0;
        const double count = static_cast<double>(std::count(out.begin(), out.end(), j));
        EXPECT_NEAR(count, expected, 5 * std::sqrt(expected)) << "position " << j;
      }
    }
  }
}

TEST(Weighted, WithReplacementFindsWhatHoldsNextToNothing) {
  const Tables tables({1e9f, 1, 3}, 3, {0});  // position 0 is barred: all tries by table fail
  WeightedSampler sampler;
  const auto out = Drawn(sampler, Draws(2, 0, 0, 0), tables.urn(), 4000, true);
  EXPECT_EQ(std::count(out.begin(), out.end(), 0u), 0);
  EXPECT_NEAR(static_cast<double>(std::count(out.begin(), out.end(), 2u)), 3000, 140);
}

}  // namespace
}  // namespace cohear
