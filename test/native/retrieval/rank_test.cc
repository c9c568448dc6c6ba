#include "retrieval/rank.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "../testing.h"
#include "retrieval/select.h"

namespace cohear {
namespace {

struct Lists {
  std::vector<Offset> offsets{0};
  std::vector<Row> rows;
  CsrView csr() const { return {offsets, rows}; }
  void Add(const std::set<Row>& list) {
    rows.insert(rows.end(), list.begin(), list.end());
    offsets.push_back(rows.size());
  }
};

TEST(Rank, ByHand) {
  const std::vector<float> scores{5, 3, 3, 9, 1, 3};
  Lists excluded, judged;
  excluded.Add({3});
  judged.Add({1, 4});
  const RankResult out = RankJudged(scores, 6, excluded.csr(), judged.csr(), {.k = 4, .begin = 0, .end = 6});
  EXPECT_EQ(out.ranks, (std::vector<double>{3, 5}));  // below 5, half of two ties; below all four
  EXPECT_EQ(out.top, (std::vector<Row>{0, 1, 2, 5}));
  EXPECT_EQ(out.counts, (std::vector<uint32_t>{4}));
}

TEST(Rank, RangeMaskAndJudgedAmongTheExcluded) {
  const std::vector<float> scores{5, 4, 3, 2, 1};
  const std::vector<uint8_t> mask{1, 1, 0, 1, 1};
  Lists excluded, judged;
  excluded.Add({1, 3});
  judged.Add({0, 2, 3, 4});
  const RankResult out =
      RankJudged(scores, 5, excluded.csr(), judged.csr(), {.k = 5, .begin = 1, .end = 5, .candidates = mask});
  EXPECT_TRUE(std::isnan(out.ranks[0]));  // outside the range
  EXPECT_TRUE(std::isnan(out.ranks[1]));  // masked
  EXPECT_EQ(out.ranks[2], 1);             // excluded, but judged
  EXPECT_EQ(out.ranks[3], 2);
  EXPECT_EQ(out.top, (std::vector<Row>{3, 4, kNoRow, kNoRow, kNoRow}));
  EXPECT_EQ(out.counts[0], 2u);
}

TEST(Rank, InfiniteScoresAreRanked) {
  const std::vector<float> scores{-INFINITY, 0, INFINITY, -INFINITY};
  Lists excluded, judged;
  excluded.Add({});
  judged.Add({0, 2});
  const RankResult out = RankJudged(scores, 4, excluded.csr(), judged.csr(), {.k = 4, .begin = 0, .end = 4});
  EXPECT_EQ(out.ranks, (std::vector<double>{3.5, 1}));
  EXPECT_EQ(out.top, (std::vector<Row>{2, 1, 0, 3}));
}

TEST(Rank, EqualsTheDefinitionAtAnyNumberOfThreads) {
  const size_t users = 40;
  for (const size_t n : {1u, 30u, 500u}) {
    std::vector<float> scores(users * n);
    Draws draws(n, 0, 0, 0);
    for (float& score : scores) score = static_cast<float>(draws.NextBelow(40));
    std::vector<uint8_t> mask(n);
    for (auto& value : mask) value = draws.NextBelow(4) > 0;
    Lists excluded, judged;
    for (size_t u = 0; u < users; ++u) {
      std::set<Row> a, b;
      for (uint32_t i = draws.NextBelow(20); i > 0; --i) a.insert(draws.NextBelow(static_cast<uint32_t>(n)));
      for (uint32_t i = draws.NextBelow(9); i > 0; --i) b.insert(draws.NextBelow(static_cast<uint32_t>(n)));
      excluded.Add(a);
      judged.Add(b);
    }
    const Row begin = static_cast<Row>(n / 5), end = static_cast<Row>(n - n / 10);
    RankResult want;
    for (size_t u = 0; u < users; ++u) {
      const auto in = [](auto list, Row row) {
        return std::find(list.begin(), list.end(), row) != list.end();
      };
      std::vector<std::pair<float, Row>> candidates;
      for (Row row = begin; row < end; ++row) {
        if (mask[row] && (!in(excluded.csr()[u], row) || in(judged.csr()[u], row))) {
          candidates.emplace_back(-scores[u * n + row], row);
        }
      }
      std::sort(candidates.begin(), candidates.end());
      for (const Row j : judged.csr()[u]) {
        double rank = 0.5;
        for (const auto& [score, row] : candidates) {
          if (-score > scores[u * n + j]) rank += 1;
          if (-score == scores[u * n + j]) rank += 0.5;
        }
        want.ranks.push_back(j >= begin && j < end && mask[j] ? rank : -1);
      }
      for (size_t i = 0; i < 7; ++i)
        want.top.push_back(i < candidates.size() ? candidates[i].second : kNoRow);
      want.counts.push_back(static_cast<uint32_t>(std::min<size_t>(candidates.size(), 7)));
    }
    for (int threads : {1, 2, 7}) {
      WithThreads with(threads);
      RankResult out = RankJudged(scores, n, excluded.csr(), judged.csr(),
                                  {.k = 7, .begin = begin, .end = end, .candidates = mask});
      for (double& rank : out.ranks) rank = std::isnan(rank) ? -1 : rank;
      EXPECT_EQ(out.ranks, want.ranks);
      EXPECT_EQ(out.top, want.top);
      EXPECT_EQ(out.counts, want.counts);
    }
  }
}

TEST(Rank, RefusesWhatCannotBeRanked) {
  Lists none, one, high;
  none.Add({});
  one.Add({1});
  high.Add({3});
  const std::vector<float> scores{1, 2, 3};
  const std::vector<uint8_t> mask{1};
  const auto run = [&](std::vector<float> s, const Lists& excluded, const Lists& judged,
                       RankOptions options) {
    return CodeOf([&] { RankJudged(s, 3, excluded.csr(), judged.csr(), options); });
  };
  const RankOptions all{.k = 1, .begin = 0, .end = 3};
  EXPECT_EQ(run(scores, none, one, all), "no error");
  EXPECT_EQ(run({1, NAN, 3}, none, one, all), "ERR_VALUE");
  EXPECT_EQ(run({1, 2}, none, one, all), "ERR_SHAPE");
  EXPECT_EQ(run(scores, none, high, all), "ERR_RANGE");
  EXPECT_EQ(run(scores, high, one, all), "ERR_RANGE");
  EXPECT_EQ(run(scores, Lists{{0, 0, 0}, {}}, one, all), "ERR_SHAPE");
  EXPECT_EQ(run(scores, Lists{{0, 2}, {2, 1}}, one, all), "ERR_VALUE");
  EXPECT_EQ(run(scores, none, one, {.k = 0, .begin = 0, .end = 3}), "ERR_RANGE");
  EXPECT_EQ(run(scores, none, one, {.k = 1, .begin = 0, .end = 4}), "ERR_RANGE");
  EXPECT_EQ(run(scores, none, one, {.k = 1, .begin = 0, .end = 3, .candidates = mask}), "ERR_SHAPE");
}

}  // namespace
}  // namespace cohear
