#include "graph/prune.h"

#include <cmath>

#include "../testing.h"
#include "graph/co_interaction.h"
#include "random_histories.h"

namespace cohear {
namespace {

// Three items of one type; row 0 has both others, with 2 and 3 shared users.
Graph Small() {
  Graph graph{{0, 3}, {}, {4, 9, 3}, 20};
  graph.relations.push_back({0, 0, {0, 2, 3, 4}, {1, 2, 0, 0}, {2, 3, 2, 3}, {}, {7, 8, 7, 8}});
  return graph;
}

TEST(Prune, ScoresByHand) {
  const auto first = [](PruneOptions options) { return Prune(Small(), options).relations[0].scores[0]; };
  EXPECT_EQ(first({Score::kCount}), 2.0f);
  EXPECT_EQ(first({Score::kCosine}), static_cast<float>(2 / std::sqrt(36.0)));
  EXPECT_EQ(first({Score::kDamped, 20}), static_cast<float>(2 / (std::sqrt(36.0) + 20)));
  EXPECT_EQ(first({Score::kDamped, 0}), first({Score::kCosine}));
  EXPECT_EQ(first({Score::kPmi}), static_cast<float>(std::log(2 * 20.0 / 36.0)));
  Graph apart = Small();
  apart.users = 5;  // seen together less than chance has it
  EXPECT_EQ(Prune(apart, {Score::kPmi}).relations[0].scores[0], 0.0f);
}

TEST(Prune, KeepsTheStrongestOfEachRowWithItsArrays) {
  const Relation kept = Prune(Small(), {Score::kCount, 20, 1}).relations[0];
  EXPECT_EQ(kept.offsets, (std::vector<Offset>{0, 1, 2, 3}));
  EXPECT_EQ(kept.indices, (std::vector<Row>{2, 0, 0}));
  EXPECT_EQ(kept.counts, (std::vector<uint32_t>{3, 2, 3}));
  EXPECT_EQ(kept.last_times, (std::vector<double>{8, 7, 8}));
}

TEST(Prune, OfEqualScoresTheLowerRowStays) {
  Graph graph{{0, 5}, {}, {}, 0};
  graph.relations.push_back({0, 0, {0, 4, 4, 4, 4, 4}, {1, 2, 3, 4}, {1, 2, 1, 1}, {}, {}});
  EXPECT_EQ(Prune(graph, {Score::kCount, 0, 3}).relations[0].indices, (std::vector<Row>{1, 2, 3}));
}

TEST(Prune, EqualsSortingEveryRow) {
  const TestHistories histories = RandomHistories(3, 500, 120, 14);
  const std::vector<Row> types{0, 50, 120};
  const Graph graph = CoInteraction(histories.csr(), histories.times, types, {});
  for (int threads : {1, 2, 7}) {
    WithThreads with(threads);
    for (const size_t top_k : {1u, 3u, 10u, 1000u}) {
      const PruneOptions options{Score::kDamped, 5, top_k};
      const Graph kept = Prune(graph, options);
      const Graph scored = Prune(graph, {Score::kDamped, 5, 0});
      CheckGraph(kept);
      for (size_t r = 0; r < graph.relations.size(); ++r) {
        const Relation& all = scored.relations[r];
        EXPECT_EQ(all.indices, graph.relations[r].indices);
        for (size_t row = 0; row + 1 < all.offsets.size(); ++row) {
          std::vector<std::pair<float, Row>> edges;
          for (Offset e = all.offsets[row]; e < all.offsets[row + 1]; ++e) {
            edges.emplace_back(-all.scores[e], all.indices[e]);
          }
          std::sort(edges.begin(), edges.end());
          edges.resize(std::min(edges.size(), top_k));
          std::sort(edges.begin(), edges.end(), [](auto& a, auto& b) { return a.second < b.second; });
          const Relation& relation = kept.relations[r];
          ASSERT_EQ(relation.offsets[row + 1] - relation.offsets[row], edges.size());
          for (size_t i = 0; i < edges.size(); ++i) {
            EXPECT_EQ(relation.indices[relation.offsets[row] + i], edges[i].second);
            EXPECT_EQ(relation.scores[relation.offsets[row] + i], -edges[i].first);
          }
        }
      }
    }
  }
}

TEST(Prune, SaysWhatTheGraphLacks) {
  Graph graph = Small();
  graph.users = 0;
  EXPECT_EQ(CodeOf([&] { Prune(graph, {Score::kPmi}); }), "ERR_VALUE");
  graph.item_users = {4, 0, 3};
  EXPECT_EQ(CodeOf([&] { Prune(graph, {Score::kCosine}); }), "ERR_VALUE");
  graph.item_users = {};
  EXPECT_EQ(CodeOf([&] { Prune(graph, {Score::kCosine}); }), "ERR_VALUE");
  EXPECT_EQ(CodeOf([&] { Prune(graph, {Score::kCount}); }), "no error");
  graph.relations[0].counts = {};
  EXPECT_EQ(CodeOf([&] { Prune(graph, {Score::kCount}); }), "ERR_VALUE");
  EXPECT_EQ(CodeOf([&] { Prune(Small(), {Score::kDamped, NAN}); }), "ERR_RANGE");
}

}  // namespace
}  // namespace cohear
