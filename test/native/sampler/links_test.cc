#include "sampler/links.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "../testing.h"
#include "core/pool.h"
#include "graphs.h"
#include "sampler/pairs.h"

namespace cohear {
namespace {

using test::BothWays;
using test::GraphOf;
using test::Pair;
using test::RandomPairs;

Pair Ordered(Row a, Row b) { return {std::min(a, b), std::max(a, b)}; }

std::set<Pair> PairsOf(const Links& links) {
  std::set<Pair> pairs;
  for (size_t i = 0; i < links.anchors.size(); ++i) {
    EXPECT_TRUE(pairs.insert(Ordered(links.anchors[i], links.positives[i])).second) << "a pair twice";
  }
  return pairs;
}

// Two types of 300 and 700 rows; every third pair is there in one direction only, as pruning leaves it.
struct Sparse {
  std::set<Pair> pairs = RandomPairs(1000, 0.02, 8), edges = BothWays(pairs);
  Graph graph;
  Sparse() {
    for (const auto& [u, v] : pairs) {
      if ((u + v) % 3 == 0) edges.erase(u % 2 ? Pair{u, v} : Pair{v, u});
    }
    graph = GraphOf({0, 300, 1000}, edges);
  }
};

TEST(Pairs, EachOnceWhicheverDirectionsThereAre) {
  const Sparse sparse;
  std::set<Pair> found;
  for (const LinkType& type : LinkTypes(sparse.graph)) {
    const PairRows rows{sparse.graph, type};
    for (size_t row = 0; row < rows.rows(); ++row) {
      rows.Each(row, [&](Row low, Row high) { EXPECT_TRUE(found.insert({low, high}).second); });
    }
  }
  EXPECT_EQ(found, sparse.pairs);
}

TEST(SplitEdges, CutsBothDirectionsAndKeepsAllElse) {
  Sparse sparse;
  sparse.graph.item_users = std::vector<uint32_t>(1000, 7);
  sparse.graph.users = 50;
  const EdgeSplit split = SplitEdges(sparse.graph, 0.1, 4);
  CheckGraph(split.train);
  EXPECT_EQ(split.train.item_users, sparse.graph.item_users);
  EXPECT_EQ(split.train.users, 50u);
  const std::set<Pair> validation = PairsOf(split.validation);
  EXPECT_NEAR(static_cast<double>(validation.size()) / static_cast<double>(sparse.pairs.size()), 0.1, 0.01);
  std::set<Pair> kept = sparse.edges;
  for (const auto& [u, v] : validation) {
    EXPECT_TRUE(sparse.pairs.contains({u, v}));
    kept.erase({u, v});
    kept.erase({v, u});
  }
  const Graph want = GraphOf({0, 300, 1000}, kept);
  for (size_t r = 0; r < want.relations.size(); ++r) {
    EXPECT_EQ(split.train.relations[r].offsets, want.relations[r].offsets);
    EXPECT_EQ(split.train.relations[r].indices, want.relations[r].indices);
    EXPECT_EQ(split.train.relations[r].counts, want.relations[r].counts);
    EXPECT_EQ(split.train.relations[r].scores, want.relations[r].scores);
    EXPECT_EQ(split.train.relations[r].last_times, want.relations[r].last_times);
  }
}

TEST(SplitEdges, DependsOnThePairAlone) {
  const Sparse sparse;
  const std::set<Pair> whole = PairsOf(SplitEdges(sparse.graph, 0.2, 4).validation);
  // A part of the edges, and none of the edge arrays: the same pairs are chosen among those left.
  std::set<Pair> some, want;
  for (const Pair& edge : sparse.edges) {
    if (Ordered(edge.first, edge.second).first % 4 != 0) some.insert(edge);
  }
  for (const Pair& pair : whole) {
    if (pair.first % 4 != 0) want.insert(pair);
  }
  EXPECT_EQ(PairsOf(SplitEdges(GraphOf({0, 300, 1000}, some), 0.2, 4).validation), want);
  EXPECT_NE(PairsOf(SplitEdges(sparse.graph, 0.2, 5).validation), whole);
  const std::set<Pair> more = PairsOf(SplitEdges(sparse.graph, 0.4, 4).validation);
  EXPECT_TRUE(std::includes(more.begin(), more.end(), whole.begin(), whole.end()));
}

TEST(SplitEdges, SameBitsAtAnyThreads) {
  const Sparse sparse;
  SetThreads(1);
  const EdgeSplit one = SplitEdges(sparse.graph, 0.3, 4);
  for (const int threads : {2, 7}) {
    SetThreads(threads);
    const EdgeSplit many = SplitEdges(sparse.graph, 0.3, 4);
    EXPECT_EQ(many.validation.anchors, one.validation.anchors);
    EXPECT_EQ(many.validation.positives, one.validation.positives);
    for (size_t r = 0; r < one.train.relations.size(); ++r) {
      EXPECT_EQ(many.train.relations[r].indices, one.train.relations[r].indices);
    }
  }
}

TEST(SplitEdges, NothingAndWrongFractions) {
  const Sparse sparse;
  EXPECT_TRUE(SplitEdges(sparse.graph, 0, 1).validation.anchors.empty());
  for (const double fraction : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(SplitEdges(sparse.graph, fraction, 1), Error);
  }
}

std::map<std::pair<uint32_t, uint32_t>, size_t> ByType(const Graph& graph, const EpochLinks& epoch) {
  std::map<std::pair<uint32_t, uint32_t>, size_t> counts;
  for (size_t i = 0; i < epoch.relations.size(); ++i) {
    const Pair pair = Ordered(epoch.links.anchors[i], epoch.links.positives[i]);
    const auto type = std::pair(test::TypeIn(graph.type_offsets, pair.first),
                                test::TypeIn(graph.type_offsets, pair.second));
    const auto& said = epoch.types[epoch.relations[i]];
    EXPECT_EQ(type, std::pair(said.low, said.high));
    ++counts[type];
  }
  return counts;
}

TEST(BalancedEpoch, EveryTypeGivesAsManyAsTheRarest) {
  const Sparse sparse;
  const EpochLinks epoch = BalancedEpoch(sparse.graph, {3, 0, true, {}});
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> all;
  for (const auto& [u, v] : sparse.pairs) ++all[{u >= 300, v >= 300}];
  const uint32_t rarest = std::min({all[{0, 0}], all[{0, 1}], all[{1, 1}]});
  ASSERT_EQ(epoch.types.size(), 3u);
  for (const auto& type : epoch.types) {
    EXPECT_EQ(type.pairs, (all[{type.low, type.high}]));
    EXPECT_EQ(type.taken, rarest);
  }
  for (const auto& [type, count] : ByType(sparse.graph, epoch)) EXPECT_EQ(count, rarest);
  const std::set<Pair> chosen = PairsOf(epoch.links);
  EXPECT_TRUE(std::includes(sparse.pairs.begin(), sparse.pairs.end(), chosen.begin(), chosen.end()));
  // Another epoch draws anew; the same one again does not.
  EXPECT_NE(PairsOf(BalancedEpoch(sparse.graph, {3, 1, true, {}}).links), chosen);
  EXPECT_EQ(BalancedEpoch(sparse.graph, {3, 0, true, {}}).links.anchors, epoch.links.anchors);
}

TEST(BalancedEpoch, UnbalancedTakesAllAndACapHolds) {
  const Sparse sparse;
  const EpochLinks all = BalancedEpoch(sparse.graph, {3, 0, false, {}});
  EXPECT_EQ(PairsOf(all.links), sparse.pairs);
  for (const auto& [type, count] : ByType(sparse.graph, BalancedEpoch(sparse.graph, {3, 0, false, 50}))) {
    EXPECT_EQ(count, 50u);
  }
  EXPECT_TRUE(BalancedEpoch(sparse.graph, {3, 0, true, 0}).relations.empty());
}

TEST(BalancedEpoch, ATypeWithoutPairsDoesNotCount) {
  // Types of rows 0-3, 4-7, 8-9; nothing touches the last, and relations to it exist but are empty.
  const Graph graph = GraphOf({0, 4, 8, 10}, BothWays({{0, 1}, {0, 2}, {1, 4}, {2, 5}, {3, 6}}));
  const EpochLinks epoch = BalancedEpoch(graph, {1, 0, true, {}});
  ASSERT_EQ(epoch.types.size(), 6u);
  EXPECT_EQ(epoch.types[0].taken, 2u);  // 0-0: 2 of 2
  EXPECT_EQ(epoch.types[1].taken, 2u);  // 0-1: 2 of 3
  EXPECT_EQ(epoch.types[3].taken, 0u);  // 1-1: none there
  EXPECT_EQ(epoch.relations.size(), 4u);
  EXPECT_TRUE(BalancedEpoch(GraphOf({0, 3}, {}, false), {1, 0, true, {}}).relations.empty());
}

// Over 4000 epochs every pair is taken, anchored at its lower end and placed first about equally often.
TEST(BalancedEpoch, DrawsAreUniform) {
  std::set<Pair> pairs;
  for (Row v = 1; v <= 10; ++v) pairs.insert({0, v});  // 10 pairs in one type, of which 4 are taken
  const Graph graph = GraphOf({0, 11}, BothWays(pairs));
  std::vector<double> taken(11, 0), first(11, 0);
  double low_anchors = 0;
  const uint32_t rounds = 4000;
  for (uint32_t epoch = 0; epoch < rounds; ++epoch) {
    const EpochLinks out = BalancedEpoch(graph, {1, epoch, true, 4});
    for (size_t i = 0; i < 4; ++i) {
      const Row other = std::max(out.links.anchors[i], out.links.positives[i]);
      ++taken[other];
      if (i == 0) ++first[other];
      low_anchors += out.links.anchors[i] == 0;
    }
  }
  double chi_taken = 0, chi_first = 0;
  for (Row v = 1; v <= 10; ++v) {
    chi_taken += (taken[v] - rounds * 0.4) * (taken[v] - rounds * 0.4) / (rounds * 0.4);
    chi_first += (first[v] - rounds * 0.1) * (first[v] - rounds * 0.1) / (rounds * 0.1);
  }
  EXPECT_LT(chi_taken, 44);  // 9 degrees of freedom: 1 fair sampler in a million is above
  EXPECT_LT(chi_first, 44);
  EXPECT_NEAR(low_anchors / (rounds * 4), 0.5, 0.02);
}

TEST(LinkEpoch, PartsOfAnySizeAreTheWhole) {
  const Sparse sparse;
  const std::vector<uint64_t> pairs = CountPairs(sparse.graph);
  for (const bool balanced : {true, false}) {
    const EpochLinks whole = BalancedEpoch(sparse.graph, {3, 2, balanced, {}});
    for (const uint64_t part : {1, 7, 1000, 1 << 20}) {
      const WithThreads with(part % 3 == 1 ? 7 : 2);
      LinkEpoch epoch(sparse.graph, pairs, {3, 2, balanced, {}});
      EXPECT_EQ(epoch.size(), whole.relations.size());
      EpochLinks out;
      for (uint64_t at = 0; at < epoch.size(); at += part) {
        epoch.Next(part, out);
        ASSERT_EQ(out.relations.size(), std::min(at + part, epoch.size()));
      }
      EXPECT_EQ(out.links.anchors, whole.links.anchors);
      EXPECT_EQ(out.links.positives, whole.links.positives);
      EXPECT_EQ(out.relations, whole.relations);
      epoch.Next(5, out);  // nothing is left
      EXPECT_EQ(out.relations.size(), whole.relations.size());
    }
  }
}

TEST(BalancedEpoch, SameBitsAtAnyThreads) {
  const Sparse sparse;
  for (const bool balanced : {true, false}) {
    SetThreads(1);
    const EpochLinks one = BalancedEpoch(sparse.graph, {3, 2, balanced, {}});
    for (const int threads : {2, 7}) {
      SetThreads(threads);
      const EpochLinks many = BalancedEpoch(sparse.graph, {3, 2, balanced, {}});
      EXPECT_EQ(many.links.anchors, one.links.anchors);
      EXPECT_EQ(many.links.positives, one.links.positives);
      EXPECT_EQ(many.relations, one.relations);
    }
  }
}

}  // namespace
}  // namespace cohear
