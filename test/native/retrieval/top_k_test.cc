#include "retrieval/top_k.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "../testing.h"
#include "retrieval/select.h"

namespace cohear {
namespace {

std::vector<float> RandomVectors(uint64_t seed, size_t count, uint32_t steps) {
  std::vector<float> out(count);
  Draws draws(seed, 0, 0, 0);
  for (float& value : out) value = static_cast<float>(draws.NextBelow(2 * steps + 1)) / steps - 1;
  return out;
}

struct Lists {
  std::vector<Offset> offsets{0};
  std::vector<Row> rows;
  CsrView csr() const { return {offsets, rows}; }
};

// By the definition: every dot product in order, then a full sort.
TopKResult Plain(const std::vector<float>& queries, const std::vector<float>& items, size_t d,
                 const Lists* excluded, const TopKOptions& options) {
  TopKResult out;
  out.k = std::min<size_t>(options.k, options.end - options.begin);
  for (size_t q = 0; q < queries.size() / d; ++q) {
    std::vector<std::pair<float, Row>> all;
    for (Row row = options.begin; row < options.end; ++row) {
      if (excluded) {
        const auto list = excluded->csr()[q];
        if (std::find(list.begin(), list.end(), row) != list.end()) continue;
      }
      float sum = 0;
      for (size_t i = 0; i < d; ++i) sum += queries[q * d + i] * items[row * d + i];
      all.emplace_back(-sum, row);
    }
    std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), out.k));
    out.counts.push_back(static_cast<uint32_t>(all.size()));
    for (size_t i = 0; i < out.k; ++i) {
      out.rows.push_back(i < all.size() ? all[i].second : kNoRow);
      out.scores.push_back(i < all.size() ? -all[i].first : -INFINITY);
    }
  }
  return out;
}

TEST(TopK, ByHand) {
  const std::vector<float> items{1, 0, 0, 1, 1, 1, -1, 0}, queries{2, 1, 0, 0};
  const TopKResult found = SearchTopK(queries, items, 2, {}, {.k = 3, .begin = 0, .end = 4});
  EXPECT_EQ(found.rows, (std::vector<Row>{2, 0, 1, 0, 1, 2}));  // all alike for the zero query: lower rows
  EXPECT_EQ(found.scores, (std::vector<float>{3, 2, 1, 0, 0, 0}));
  EXPECT_EQ(found.counts, (std::vector<uint32_t>{3, 3}));
}

TEST(TopK, EqualsSortingAtAnyNumberOfThreads) {
  struct Case {
    size_t queries, items, d, k;
    Row begin, end;
    uint32_t steps;  // few steps: many ties
    bool exclude;
  };
  const Case cases[] = {
      {1, 1, 1, 1, 0, 1, 2, false},         {7, 100, 5, 10, 0, 100, 2, true},
      {49, 333, 17, 20, 10, 300, 1, true},  {100, 17, 3, 40, 0, 17, 3, true},
      {5, 40000, 8, 10, 0, 40000, 3, true}, {3, 33000, 4, 7, 16000, 32800, 50, false},
      {13, 64, 130, 64, 0, 64, 1000, true}, {6, 16, 16, 16, 4, 4, 5, false},
  };
  for (const Case& c : cases) {
    const auto queries = RandomVectors(c.items, c.queries * c.d, c.steps);
    const auto items = RandomVectors(c.d, c.items * c.d, c.steps);
    Lists excluded;
    for (uint32_t q = 0; q < c.queries && c.exclude; ++q) {
      Draws draws(3, q, 0, 0);
      std::set<Row> rows;
      const uint32_t count = draws.NextBelow(static_cast<uint32_t>(std::min<size_t>(c.items, 60)) + 1);
      for (uint32_t i = 0; i < count; ++i) rows.insert(draws.NextBelow(static_cast<uint32_t>(c.items)));
      excluded.rows.insert(excluded.rows.end(), rows.begin(), rows.end());
      excluded.offsets.push_back(excluded.rows.size());
    }
    TopKOptions options{c.k, c.begin, c.end};
    const TopKResult want = Plain(queries, items, c.d, c.exclude ? &excluded : nullptr, options);
    for (int threads : {1, 2, 7}) {
      WithThreads with(threads);
      for (const ScanBy scan : {ScanBy::kBest, ScanBy::kFloats, ScanBy::kInt8}) {
        options.scan = scan;
        const TopKResult found =
            SearchTopK(queries, items, c.d, c.exclude ? excluded.csr() : CsrView{}, options);
        EXPECT_EQ(found.k, want.k);
        EXPECT_EQ(found.rows, want.rows) << c.items << " items";
        EXPECT_EQ(found.scores, want.scores) << c.items << " items";
        EXPECT_EQ(found.counts, want.counts);
      }
    }
  }
}

// What 8-bit copies find hard: lengths that differ by orders of magnitude, one large number beside many small
// ones, near ties within rounding, zeros, and numbers at the ends of the range.
TEST(TopK, ByInt8IsExactWhateverTheVectors) {
  for (uint32_t trial = 0; trial < 60; ++trial) {
    Draws draws(11, trial, 0, 0);
    const size_t d = 1 + draws.NextBelow(150), items = 1 + draws.NextBelow(400),
                 queries = 1 + draws.NextBelow(20);
    const auto fill = [&](size_t rows) {
      std::vector<float> out(rows * d);
      const uint32_t kind = draws.NextBelow(6);
      for (size_t row = 0; row < rows; ++row) {
        const float length = kind == 0 ? std::exp2(static_cast<float>(draws.NextBelow(40)) - 20)
                             : kind == 1 && draws.NextBelow(3) == 0 ? 0.0f
                             : kind == 2                            ? (draws.NextBelow(9) == 0 ? 1e17f : 1.0f)
                             : kind == 3 ? (draws.NextBelow(9) == 0 ? 1e-20f : 1.0f)
                                         : 1.0f;
        for (size_t i = 0; i < d; ++i) {
          float value = static_cast<float>(draws.Next()) / 4294967296.0f - 0.5f;
          if (kind == 4 && i > 0) value *= 1e-4f;
          if (kind == 5) value = 0.5f + value * 1e-6f;
          out[row * d + i] = length * value;
        }
      }
      return out;
    };
    const auto x = fill(items), q = fill(queries);
    TopKOptions options{1 + draws.NextBelow(30), 0, static_cast<Row>(items)};
    options.scan = ScanBy::kFloats;
    const TopKResult want = SearchTopK(q, x, d, {}, options);
    options.scan = ScanBy::kInt8;
    const TopKResult found = SearchTopK(q, x, d, {}, options);
    EXPECT_EQ(found.rows, want.rows) << "trial " << trial;
    EXPECT_EQ(found.scores, want.scores) << "trial " << trial;
  }
}

// The first look of a query counts on as many items above its floor as are wanted: those left out are not
// wanted.
TEST(TopK, ByInt8FindsTheBestOfWhatIsLeftWhereTheBestAreExcluded) {
  const size_t d = 24, items = 5000, queries = 9, k = 40;
  for (const uint32_t steps : {1000000u, 2u}) {  // all scores differ, many are equal
    const auto x = RandomVectors(21, items * d, steps), q = RandomVectors(22, queries * d, steps);
    TopKOptions options{300, 0, items, ScanBy::kFloats};
    const TopKResult best = SearchTopK(q, x, d, {}, options);
    Lists excluded;
    for (size_t query = 0; query < queries; ++query) {
      const auto first = best.rows.begin() + static_cast<ptrdiff_t>(query * 300);
      std::vector<Row> rows(first, first + static_cast<ptrdiff_t>(query * 30));  // from none to 240
      std::sort(rows.begin(), rows.end());
      excluded.rows.insert(excluded.rows.end(), rows.begin(), rows.end());
      excluded.offsets.push_back(excluded.rows.size());
    }
    options.k = k;
    options.scan = ScanBy::kInt8;
    const TopKResult found = SearchTopK(q, x, d, excluded.csr(), options);
    for (size_t query = 0; query < queries; ++query) {
      for (size_t i = 0; i < k; ++i) {
        EXPECT_EQ(found.rows[query * k + i], best.rows[query * 300 + query * 30 + i]) << query;
        EXPECT_EQ(found.scores[query * k + i], best.scores[query * 300 + query * 30 + i]) << query;
      }
    }
  }
}

TEST(TopK, GivesFewerWhereAllElseIsExcluded) {
  const std::vector<float> items{1, 2, 3}, queries{1};
  const Lists excluded{{0, 2}, {0, 2}};
  const TopKResult found = SearchTopK(queries, items, 1, excluded.csr(), {.k = 5, .begin = 0, .end = 3});
  EXPECT_EQ(found.k, 3u);
  EXPECT_EQ(found.counts[0], 1u);
  EXPECT_EQ(found.rows, (std::vector<Row>{1, kNoRow, kNoRow}));
  EXPECT_EQ(found.scores[2], -INFINITY);
}

TEST(TopK, EmptyInputsGiveEmptyLists) {
  const std::vector<float> some{1, 2};
  EXPECT_TRUE(SearchTopK({}, some, 1, {}, {.k = 5, .begin = 0, .end = 2}).counts.empty());
  const TopKResult none = SearchTopK(some, std::span<const float>(), 1, {}, {.k = 5, .begin = 0, .end = 0});
  EXPECT_EQ(none.k, 0u);
  EXPECT_EQ(none.counts, (std::vector<uint32_t>{0, 0}));
}

TEST(TopK, RefusesWhatCannotBeRanked) {
  const auto run = [](std::vector<float> queries, std::vector<float> items, size_t d, TopKOptions options,
                      const Lists* excluded = nullptr) {
    const auto code = [&](ScanBy scan) {
      options.scan = scan;
      return CodeOf([&] { SearchTopK(queries, items, d, excluded ? excluded->csr() : CsrView{}, options); });
    };
    EXPECT_EQ(code(ScanBy::kInt8), code(ScanBy::kFloats));
    return code(ScanBy::kBest);
  };
  const TopKOptions two{.k = 1, .begin = 0, .end = 2};
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, two), "no error");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 0, two), "ERR_RANGE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, {.k = 0, .begin = 0, .end = 2}), "ERR_RANGE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, {.k = 1, .begin = 0, .end = 3}), "ERR_RANGE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, {.k = 1, .begin = 2, .end = 1}), "ERR_RANGE");
  EXPECT_EQ(run({1}, {1, 1, 2, 2}, 2, two), "ERR_SHAPE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2}, 2, two), "ERR_SHAPE");
  EXPECT_EQ(run({1, NAN}, {1, 1, 2, 2}, 2, two), "ERR_VALUE");
  EXPECT_EQ(run({1, 1}, {1, 1, NAN, 2}, 2, two), "ERR_VALUE");
  EXPECT_EQ(run({0, 1}, {1, 1, INFINITY, 2}, 2, two), "ERR_VALUE");
  EXPECT_EQ(run({1e30f, 1}, {1, 1, 1e30f, 2}, 2, two), "ERR_VALUE");
  const Lists unsorted{{0, 2}, {1, 0}}, high{{0, 1}, {2}}, many{{0, 0, 0}, {}};
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, two, &unsorted), "ERR_VALUE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, two, &high), "ERR_RANGE");
  EXPECT_EQ(run({1, 1}, {1, 1, 2, 2}, 2, two, &many), "ERR_SHAPE");
}

}  // namespace
}  // namespace cohear
