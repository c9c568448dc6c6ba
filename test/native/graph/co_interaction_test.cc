#include "graph/co_interaction.h"

#include <algorithm>
#include <cmath>

#include "../testing.h"
#include "random_histories.h"

namespace cohear {
namespace {

const Relation& Of(const Graph& graph, uint32_t source, uint32_t destination) {
  return graph.relations[source * graph.types() + destination];
}

TEST(CoInteraction, ByHand) {
  // Type 0 is items 0 and 1, type 1 is items 2 to 4.
  TestHistories histories;
  histories.Add({{0, 10}, {2, 20}, {0, 30}});  // item 0 counts once, at 30
  histories.Add({{2, 5}, {3, 50}, {0, 60}});
  histories.Add({{4, 7}});
  histories.Add({});
  const std::vector<Row> types{0, 2, 5};
  const Graph graph = CoInteraction(histories.csr(), histories.times, types, {});
  CheckGraph(graph);
  ASSERT_EQ(graph.relations.size(), 4u);
  EXPECT_EQ(graph.users, 3u);
  EXPECT_EQ(graph.item_users, (std::vector<uint32_t>{2, 0, 2, 1, 1}));

  EXPECT_EQ(Of(graph, 0, 0).edges(), 0u);
  const Relation& up = Of(graph, 1, 0);  // sources 2 to 4, rows of 0 and 1
  EXPECT_EQ(up.offsets, (std::vector<Offset>{0, 2, 2}));
  EXPECT_EQ(up.indices, (std::vector<Row>{2, 3}));
  EXPECT_EQ(up.counts, (std::vector<uint32_t>{2, 1}));
  EXPECT_EQ(up.last_times, (std::vector<double>{60, 60}));
  EXPECT_TRUE(up.scores.empty());
  const Relation& down = Of(graph, 0, 1);
  EXPECT_EQ(down.offsets, (std::vector<Offset>{0, 1, 2, 2}));
  EXPECT_EQ(down.indices, (std::vector<Row>{0, 0}));
  const Relation& within = Of(graph, 1, 1);
  EXPECT_EQ(within.offsets, (std::vector<Offset>{0, 1, 2, 2}));
  EXPECT_EQ(within.indices, (std::vector<Row>{3, 2}));
  EXPECT_EQ(within.last_times, (std::vector<double>{50, 50}));
}

TEST(CoInteraction, KeepsTheMostRecentDistinctItems) {
  TestHistories histories;
  histories.Add({{0, 1}, {1, 2}, {2, 3}, {0, 4}});
  const std::vector<Row> types{0, 3};
  const Graph graph = CoInteraction(histories.csr(), histories.times, types, {.max_history = 2});
  EXPECT_EQ(graph.relations[0].indices, (std::vector<Row>{2, 0}));
  EXPECT_EQ(graph.relations[0].offsets, (std::vector<Offset>{0, 1, 1, 2}));
  EXPECT_EQ(graph.item_users, (std::vector<uint32_t>{1, 0, 1}));
}

TEST(CoInteraction, EqualsThePlainCountAtAnyNumberOfThreads) {
  struct Case {
    size_t users;
    Row items;
    uint32_t most;
    std::vector<Row> types;
    CoInteractionOptions options;
  };
  const Case cases[] = {
      {300, 200, 12, {0, 200}, {}},
      {300, 200, 12, {0, 0, 70, 70, 200}, {}},  // empty types too
      {200, 5000, 40, {0, 1000, 5000}, {.max_history = 5}},
      {500, 40, 12, {0, 10, 40}, {.min_count = 3}},
      {0, 10, 1, {0, 10}, {}},
      {5, 1, 3, {0, 1}, {}},
  };
  for (const Case& c : cases) {
    const TestHistories histories = RandomHistories(c.users, c.users, c.items, c.most);
    auto want = PlainPairs(histories, c.options.max_history);
    std::erase_if(want, [&](const auto& pair) { return pair.second.first < c.options.min_count; });
    for (int threads : {1, 2, 7}) {
      WithThreads with(threads);
      const Graph graph = CoInteraction(histories.csr(), histories.times, c.types, c.options);
      CheckGraph(graph);
      size_t edges = 0;
      for (const Relation& relation : graph.relations) {
        const Row first = c.types[relation.destination_type];
        edges += relation.edges();
        for (size_t row = 0; row + 1 < relation.offsets.size(); ++row) {
          for (Offset e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) {
            const auto found = want.find({static_cast<Row>(first + row), relation.indices[e]});
            ASSERT_NE(found, want.end());
            EXPECT_EQ(relation.counts[e], found->second.first);
            EXPECT_EQ(relation.last_times[e], found->second.second);
          }
        }
      }
      EXPECT_EQ(edges, want.size());
    }
  }
}

TEST(CoInteraction, PrunedWhileBuiltEqualsPrunedAfterwards) {
  const TestHistories histories = RandomHistories(5, 400, 150, 15);
  const std::vector<Row> types{0, 50, 150};
  const Graph whole = CoInteraction(histories.csr(), histories.times, types, {});
  for (const Score score : {Score::kCount, Score::kCosine, Score::kDamped, Score::kPmi}) {
    for (const size_t top_k : {0u, 1u, 5u}) {
      const PruneOptions prune{score, 20, top_k};
      const Graph a = Prune(whole, prune);
      const Graph b = CoInteraction(histories.csr(), histories.times, types, {.prune = prune});
      CheckGraph(b);
      for (size_t r = 0; r < a.relations.size(); ++r) {
        EXPECT_EQ(a.relations[r].offsets, b.relations[r].offsets);
        EXPECT_EQ(a.relations[r].indices, b.relations[r].indices);
        EXPECT_EQ(a.relations[r].counts, b.relations[r].counts);
        EXPECT_EQ(a.relations[r].scores, b.relations[r].scores);
        EXPECT_EQ(a.relations[r].last_times, b.relations[r].last_times);
      }
    }
  }
}

void ExpectEqual(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.users, b.users);
  EXPECT_EQ(a.item_users, b.item_users);
  ASSERT_EQ(a.relations.size(), b.relations.size());
  for (size_t r = 0; r < a.relations.size(); ++r) {
    EXPECT_EQ(a.relations[r].offsets, b.relations[r].offsets);
    EXPECT_EQ(a.relations[r].indices, b.relations[r].indices);
    EXPECT_EQ(a.relations[r].counts, b.relations[r].counts);
    EXPECT_EQ(a.relations[r].scores, b.relations[r].scores);
    EXPECT_EQ(a.relations[r].last_times, b.relations[r].last_times);
  }
}

// Rows far apart make the dense table too wide, so that most rows are hashed; popular ones are not.
TEST(CoInteraction, IsTheSameInAWideCatalogue) {
  const TestHistories narrow = RandomHistories(9, 4000, 300, 20);
  constexpr Row kStep = 3001;
  TestHistories wide = narrow;
  for (Row& item : wide.items) item *= kStep;
  const std::vector<Row> types{0, 100, 300}, wide_types{0, 100 * kStep, 300 * kStep};
  for (const size_t top_k : {0u, 7u}) {
    CoInteractionOptions options;
    if (top_k) options.prune = PruneOptions{Score::kDamped, 5, top_k};
    const Graph want = CoInteraction(narrow.csr(), narrow.times, types, options);
    for (int threads : {1, 2, 7}) {
      WithThreads with(threads);
      const Graph got = CoInteraction(wide.csr(), wide.times, wide_types, options);
      CheckGraph(got);
      for (size_t r = 0; r < want.relations.size(); ++r) {
        EXPECT_EQ(got.relations[r].counts, want.relations[r].counts);
        EXPECT_EQ(got.relations[r].scores, want.relations[r].scores);
        EXPECT_EQ(got.relations[r].last_times, want.relations[r].last_times);
        std::vector<Row> rows = want.relations[r].indices.ToVector();
        for (Row& row : rows) row *= kStep;
        EXPECT_EQ(got.relations[r].indices, rows);
      }
    }
  }
}

// Times that are no whole seconds, or too far apart for 32 bits.
TEST(CoInteraction, KeepsEveryTimeExactly) {
  const TestHistories whole = RandomHistories(2, 200, 60, 12);
  const std::vector<Row> types{0, 60};
  const Graph want = CoInteraction(whole.csr(), whole.times, types, {});
  for (const auto& change : {+[](double t) { return t / 3; }, +[](double t) { return t * 1e7; },
                             +[](double t) { return t + 0.25; }, +[](double t) { return -1e6 + t; }}) {
    TestHistories other = whole;
    for (double& time : other.times) time = change(time);
    const Graph got = CoInteraction(other.csr(), other.times, types, {});
    std::vector<double> times = want.relations[0].last_times.ToVector();
    for (double& time : times) time = change(time);
    EXPECT_EQ(got.relations[0].last_times, times);
    EXPECT_EQ(got.relations[0].counts, want.relations[0].counts);
  }
  EXPECT_TRUE(Fit32(std::vector<double>{5.5, 4.5, 1e9 + 0.5}));
  EXPECT_FALSE(Fit32(std::vector<double>{5.5, 5}));
  EXPECT_FALSE(Fit32(std::vector<double>{0, 5e9}));
}

// c, n and N of prune.h by the definition.
TEST(CoInteraction, WeighsAndDecaysByTheDefinition) {
  TestHistories histories = RandomHistories(4, 150, 40, 10);
  std::vector<float> weights;
  Draws draws(8, 0, 0, 0);
  for (size_t e = 0; e < histories.items.size(); ++e)
    weights.push_back(static_cast<float>(draws.NextBelow(5)) / 2);
  const std::vector<Row> types{0, 40};
  for (const double half_life : {0.0, 7.0}) {
    const EventWeights event_weights{weights, half_life, 1040};
    std::map<std::pair<Row, Row>, double> strength;
    std::vector<double> norm(40);
    double users = 0;
    for (size_t u = 0; u + 1 < histories.offsets.size(); ++u) {
      std::map<Row, double> own;
      for (Offset e = histories.offsets[u]; e < histories.offsets[u + 1]; ++e) {
        const double age = std::max(0.0, 1040 - histories.times[e]);
        const double weight = weights[e] * (half_life > 0 ? std::exp2(-age / (2 * half_life)) : 1);
        own[histories.items[e]] = std::max(own[histories.items[e]], weight);
      }
      double squares = 0;
      for (const auto& [i, wi] : own) {
        norm[i] += wi * wi;
        squares += wi * wi;
        for (const auto& [j, wj] : own) strength[{i, j}] += wi * wj;
      }
      if (!own.empty()) users += squares / static_cast<double>(own.size());
    }
    const auto score = [&](Score kind, Row i, Row j) {
      const double c = strength[{i, j}], product = norm[i] * norm[j];
      if (kind == Score::kCount) return c;
      if (product == 0) return 0.0;
      if (kind == Score::kPmi) return std::max(0.0, std::log(c * users / product));
      return c / (std::sqrt(product) + (kind == Score::kDamped ? 3 : 0));
    };
    for (const Score kind : {Score::kCount, Score::kCosine, Score::kDamped, Score::kPmi}) {
      CoInteractionOptions options{.prune = PruneOptions{kind, 3, 0}, .weights = event_weights};
      const Graph graph = CoInteraction(histories.csr(), histories.times, types, options);
      const Relation& all = graph.relations[0];
      const auto plain = PlainPairs(histories, 0);
      ASSERT_EQ(all.edges(), plain.size());
      for (Row row = 0; row < 40; ++row) {
        for (Offset e = all.offsets[row]; e < all.offsets[row + 1]; ++e) {
          EXPECT_EQ(all.counts[e], plain.at({row, all.indices[e]}).first);  // users, whatever they weigh
          EXPECT_NEAR(all.scores[e], score(kind, row, all.indices[e]), 1e-5);
        }
      }
      options.prune->top_k = 3;
      Graph kept;
      for (int threads : {1, 2, 7}) {
        WithThreads with(threads);
        const Graph again = CoInteraction(histories.csr(), histories.times, types, options);
        if (threads > 1) ExpectEqual(again, kept);
        kept = again;
      }
      for (Row row = 0; row < 40; ++row) {
        std::vector<float> want(all.scores.begin() + all.offsets[row],
                                all.scores.begin() + all.offsets[row + 1]);
        std::sort(want.rbegin(), want.rend());
        want.resize(std::min<size_t>(want.size(), 3));
        const Relation& relation = kept.relations[0];
        std::vector<float> got(relation.scores.begin() + relation.offsets[row],
                               relation.scores.begin() + relation.offsets[row + 1]);
        std::sort(got.rbegin(), got.rend());
        EXPECT_EQ(got, want);
      }
    }
  }
  // Weights of 1 change nothing.
  const std::vector<float> ones(histories.items.size(), 1);
  const CoInteractionOptions plain{.prune = PruneOptions{}}, same{.prune = PruneOptions{}, .weights = {ones}};
  ExpectEqual(CoInteraction(histories.csr(), histories.times, types, plain),
              CoInteraction(histories.csr(), histories.times, types, same));
}

TEST(CoInteraction, RefusesWhatItCannotCount) {
  const auto build = [](TestHistories histories, std::vector<Row> types, CoInteractionOptions options = {}) {
    return CodeOf([&] { CoInteraction(histories.csr(), histories.times, types, options); });
  };
  TestHistories good;
  good.Add({{0, 1}, {1, 1}});
  EXPECT_EQ(build(good, {0, 2}), "no error");
  EXPECT_EQ(build(good, {0, 1}), "ERR_RANGE");
  EXPECT_EQ(build(good, {0}), "ERR_SHAPE");
  EXPECT_EQ(build(good, {0, 2}, {.min_count = 0}), "ERR_RANGE");
  EXPECT_EQ(build(good, {0, 2}, {.prune = PruneOptions{Score::kDamped, -1, 0}}), "ERR_RANGE");
  const std::vector<float> short_weights{1}, negative{1, -1};
  const auto weighted = [](EventWeights weights, bool scored = true) {
    CoInteractionOptions options{.weights = weights};
    if (scored) options.prune = PruneOptions{};
    return options;
  };
  EXPECT_EQ(build(good, {0, 2}, weighted({short_weights})), "ERR_SHAPE");
  EXPECT_EQ(build(good, {0, 2}, weighted({negative})), "ERR_VALUE");
  EXPECT_EQ(build(good, {0, 2}, weighted({{}, 5, 9})), "no error");
  EXPECT_EQ(build(good, {0, 2}, weighted({{}, 5, 9}, false)), "ERR_VALUE");
  TestHistories falling = good;
  falling.times = {2, 1};
  EXPECT_EQ(build(falling, {0, 2}), "ERR_VALUE");
  TestHistories nan = good;
  nan.times[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(build(nan, {0, 2}), "ERR_VALUE");
  TestHistories few = good;
  few.times.pop_back();
  EXPECT_EQ(build(few, {0, 2}), "ERR_SHAPE");
  TestHistories offsets = good;
  offsets.offsets = {0, 3};
  EXPECT_EQ(build(offsets, {0, 2}), "ERR_SHAPE");
}

TEST(CoInteraction, StopsWhenAsked) {
  const TestHistories histories = RandomHistories(1, 100, 100, 10);
  const std::vector<Row> types{0, 100};
  int32_t cells[2] = {0, 0};
  CoInteraction(histories.csr(), histories.times, types, {}, {&cells[0], &cells[1]});
  EXPECT_EQ(cells[1], 100);
  cells[0] = 1;
  EXPECT_EQ(CodeOf([&] {
              CoInteraction(histories.csr(), histories.times, types, {}, {&cells[0], &cells[1]});
            }),
            "ERR_CANCELLED");
}

}  // namespace
}  // namespace cohear
