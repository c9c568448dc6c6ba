#include "graph/co_interaction.h"

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
