#include "sampler/negatives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../testing.h"
#include "core/pool.h"
#include "graphs.h"
#include "sampler/link_batch.h"
#include "sampler/pairs.h"

namespace cohear {
namespace {

using test::BothWays;
using test::GraphOf;
using test::Pair;
using test::RandomPairs;
using test::TypeIn;

TEST(Negatives, NeverANeighbourNorAnEnd) {
  std::set<Pair> pairs = RandomPairs(400, 0.1, 6), edges = BothWays(pairs);
  for (const auto& [u, v] : pairs) {
    if ((u + v) % 3 == 0) edges.erase({u, v});  // one direction is enough to reject
  }
  const Graph graph = GraphOf({0, 150, 400}, edges);
  std::vector<Row> anchors, positives;
  for (const auto& [u, v] : pairs) {
    anchors.push_back(u % 2 ? u : v);
    positives.push_back(u % 2 ? v : u);
  }
  const NegativeOptions options{5, 11, 3};
  SetThreads(1);
  const Negatives one = SampleNegatives(graph, anchors, positives, options);
  ASSERT_EQ(one.rows.size(), anchors.size() * 5);
  EXPECT_EQ(one.exhausted, 0u);
  EXPECT_GT(one.rejected, 0u);
  for (size_t i = 0; i < one.rows.size(); ++i) {
    const Row anchor = anchors[i / 5], positive = positives[i / 5], negative = one.rows[i];
    EXPECT_EQ(TypeIn(graph.type_offsets, negative), TypeIn(graph.type_offsets, positive));
    EXPECT_NE(negative, anchor);
    EXPECT_NE(negative, positive);
    EXPECT_FALSE(edges.contains({anchor, negative}) || edges.contains({negative, anchor}));
  }
  for (const int threads : {2, 7}) {
    SetThreads(threads);
    const Negatives many = SampleNegatives(graph, anchors, positives, options);
    EXPECT_EQ(many.rows, one.rows);
    EXPECT_EQ(many.rejected, one.rejected);
  }
  EXPECT_NE(SampleNegatives(graph, anchors, positives, {5, 11, 4}).rows, one.rows);
}

// Row 0 is joined to all of 2000 rows but 1000 and 1500: the fixed number of tries nearly always fails, and
// the exact choice must still find both, evenly.
TEST(Negatives, TheExactChoiceIsUniform) {
  std::set<Pair> pairs;
  for (Row v = 1; v < 2000; ++v) {
    if (v != 1000 && v != 1500) pairs.insert({0, v});
  }
  const Graph graph = GraphOf({0, 2000}, BothWays(pairs));
  const std::vector<Row> anchors(40, 0), positives(40, 3);
  const Negatives out = SampleNegatives(graph, anchors, positives, {5, 1, 0});
  size_t first = 0;
  for (const Row row : out.rows) {
    ASSERT_TRUE(row == 1000 || row == 1500);
    first += row == 1000;
  }
  EXPECT_EQ(out.exhausted, 0u);
  EXPECT_GT(out.rejected, 32u * 150);
  EXPECT_NEAR(static_cast<double>(first), 100, 35);  // 200 fair coins, 5 standard deviations
}

TEST(Negatives, UniformOverWhatQualifies) {
  const Graph graph = GraphOf({0, 12}, BothWays({{0, 1}, {0, 2}, {0, 3}}));
  const std::vector<Row> anchors(20000, 0), positives(20000, 1);
  const Negatives out = SampleNegatives(graph, anchors, positives, {1, 5, 0});
  std::vector<double> counts(12, 0);
  for (const Row row : out.rows) ++counts[row];
  double chi = 0;
  for (Row row = 4; row < 12; ++row) chi += (counts[row] - 2500) * (counts[row] - 2500) / 2500;
  EXPECT_LT(chi, 40);  // 7 degrees of freedom: 1 fair sampler in a million is above
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 0);
}

TEST(Negatives, AnAnchorWithoutAnyIsCounted) {
  const Graph graph = GraphOf({0, 3, 4}, BothWays({{0, 1}, {0, 2}, {0, 3}}));
  const std::vector<Row> anchors{0, 0}, positives{1, 3};
  const Negatives out = SampleNegatives(graph, anchors, positives, {4, 1, 0});
  EXPECT_EQ(out.exhausted, 8u);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(out.rows[i] == 1 || out.rows[i] == 2);        // never the anchor itself
  for (size_t i = 4; i < 8; ++i) EXPECT_EQ(out.rows[i], 3u);  // its type has nothing else
}

// Of `draws` negatives how many are each row.
std::vector<double> CountRows(const Graph& graph, const Negatives& negatives) {
  std::vector<double> counts(graph.nodes(), 0);
  for (const Row row : negatives.rows) ++counts[row];
  return counts;
}

TEST(Negatives, ByPopularity) {
  // Degrees 3, 2, 2, 1 among rows 0..3; row 4 has none. The anchor is 5, of another type, joined to row 1.
  Graph graph = GraphOf({0, 5, 6}, BothWays({{0, 1}, {0, 2}, {0, 3}, {1, 5}, {2, 2}}));
  const std::vector<Row> anchors(20000, 5), positives(20000, 1);
  const auto expect = [&](const PopularityTables& tables, const std::vector<double>& weights) {
    const Negatives out = SampleNegatives(graph, anchors, positives, {1, 3, 0, &tables, false});
    const auto counts = CountRows(graph, out);
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (size_t row = 0; row < weights.size(); ++row) {
      const double expected = 20000 * weights[row] / sum;
      EXPECT_NEAR(counts[row], expected, 5 * std::sqrt(expected)) << "row " << row;
    }
    EXPECT_EQ(out.exhausted, 0u);
    EXPECT_GT(out.rejected, 1000u);  // row 1 comes up and is thrown away
  };
  // Edges that lead to row 0: 3 (from 1, 2, 3); to 2: 2 (from 0 and itself); to 3: 1.
  expect(PopularityTables(graph, 1), {3, 0, 2, 1, 0});
  expect(PopularityTables(graph, 0.5), {std::sqrt(3.0), 0, std::sqrt(2.0), 1, 0});
  graph.item_users = std::vector<uint32_t>{1, 50, 4, 0, 9, 7};
  expect(PopularityTables(graph, 1), {1, 0, 4, 0, 9});
  EXPECT_EQ(CodeOf([&] { PopularityTables(graph, -1); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { PopularityTables(graph, NAN); }), "ERR_RANGE");
}

TEST(Negatives, FromTheBatch) {
  const Graph graph = GraphOf({0, 10, 12}, BothWays({{10, 0}, {11, 1}, {10, 4}}));
  // Positives 0 (once), 1 (three times), 4 (once); anchor 10 is joined to 0 and 4, so 1 alone is left; anchor
  // 11 to 1, so 0 and 4 are left, alike.
  std::vector<Row> anchors{10, 11, 11, 11, 10}, positives{0, 1, 1, 1, 4};
  const Negatives out = SampleNegatives(graph, anchors, positives, {4000, 3, 0, nullptr, true});
  std::vector<double> counts(10, 0);
  for (size_t i = 0; i < out.rows.size(); ++i) {
    if (anchors[i / 4000] == 10)
      ASSERT_EQ(out.rows[i], 1u);
    else
      ++counts[out.rows[i]];
  }
  EXPECT_NEAR(counts[0], 6000, 300);
  EXPECT_EQ(counts[0] + counts[4], 12000);
  EXPECT_EQ(out.exhausted, 0u);
  // A batch that holds none for the anchor: any item of the type that is no neighbour.
  anchors.assign(200, 10), positives.assign(200, 0);
  const Negatives wide = SampleNegatives(graph, anchors, positives, {5, 3, 0, nullptr, true});
  std::set<Row> rows(wide.rows.begin(), wide.rows.end());
  EXPECT_EQ(rows, (std::set<Row>{1, 2, 3, 5, 6, 7, 8, 9}));
  EXPECT_EQ(wide.exhausted, 0u);
}

TEST(Negatives, EverySourceTheSameAtAnyThreads) {
  const Graph graph = GraphOf({0, 100, 300}, BothWays(RandomPairs(300, 0.1, 2)));
  std::vector<Row> anchors, positives;
  for (uint32_t i = 0; i < 500; ++i) {
    const Counter bits = Philox(3, {i, 0, 0, 0});
    anchors.push_back(bits[0] % 300), positives.push_back(bits[1] % 300);
  }
  const PopularityTables tables(graph, 0.75);
  for (const NegativeOptions& options :
       {NegativeOptions{3, 1, 2, &tables, false}, NegativeOptions{3, 1, 2, nullptr, true}}) {
    const Negatives out = SampleNegatives(graph, anchors, positives, options);
    for (size_t i = 0; i < out.rows.size(); ++i) {
      const Row anchor = anchors[i / 3], row = out.rows[i];
      EXPECT_EQ(TypeOf(graph, row), TypeOf(graph, positives[i / 3]));
      EXPECT_NE(row, anchor);
      EXPECT_FALSE(
          HasEdge(graph, FindRelation(graph, TypeOf(graph, row), TypeOf(graph, anchor)), row, anchor));
    }
    for (const int threads : {1, 2, 7}) {
      const WithThreads set(threads);
      const Negatives again = SampleNegatives(graph, anchors, positives, options);
      EXPECT_EQ(again.rows, out.rows);
      EXPECT_EQ(again.rejected, out.rejected);
    }
  }
  EXPECT_EQ(CodeOf([&] {
              SampleNegatives(graph, anchors, positives, {1, 1, 0, &tables, true});
            }),
            "ERR_VALUE");
}

TEST(Negatives, RefusesWrongArguments) {
  const Graph graph = GraphOf({0, 3}, {});
  const std::vector<Row> one{0}, two{0, 1}, outside{3};
  EXPECT_THROW(SampleNegatives(graph, one, two, {1, 0, 0}), Error);
  EXPECT_THROW(SampleNegatives(graph, one, outside, {1, 0, 0}), Error);
  EXPECT_THROW(SampleNegatives(graph, outside, one, {1, 0, 0}), Error);
  EXPECT_TRUE(SampleNegatives(graph, {}, {}, {3, 0, 0}).rows.empty());
  EXPECT_TRUE(SampleNegatives(graph, one, one, {0, 0, 0}).rows.empty());
}

TEST(LinkBatch, PositionsLeadBackToTheRowsAndNoLinkIsSeen) {
  const std::set<Pair> pairs = RandomPairs(300, 0.08, 2), edges = BothWays(pairs);
  const Graph graph = GraphOf({0, 100, 300}, edges);
  std::vector<Row> anchors, positives;
  for (const auto& [u, v] : pairs) {
    if (u % 7 == 0) (anchors.push_back(u), positives.push_back(v));
  }
  const LinkBatch batch = SampleLinkBatch(graph, graph, anchors, positives, {{{8}, {4}}, 3, 9, 2, true});
  std::vector<Row> seeds;
  for (size_t t = 0; t < 2; ++t) {
    const auto& nodes = batch.blocks.nodes[t];
    seeds.insert(seeds.end(), nodes.begin(), nodes.begin() + batch.blocks.counts[0][t]);
  }
  ASSERT_EQ(batch.negative_positions.size(), anchors.size() * 3);
  for (size_t i = 0; i < anchors.size(); ++i) {
    EXPECT_EQ(seeds[batch.anchor_positions[i]], anchors[i]);
    EXPECT_EQ(seeds[batch.positive_positions[i]], positives[i]);
  }
  for (size_t i = 0; i < batch.negative_positions.size(); ++i) {
    EXPECT_EQ(seeds[batch.negative_positions[i]], batch.negatives.rows[i]);
  }
  std::set<Pair> links;
  for (size_t i = 0; i < anchors.size(); ++i) links.insert({{anchors[i], positives[i]}});
  const auto sees_link = [&](const Blocks& blocks) {
    for (size_t hop = 0; hop < blocks.blocks.size(); ++hop) {
      for (size_t r = 0; r < graph.relations.size(); ++r) {
        const auto& block = blocks.blocks[hop][r];
        const auto &sources = blocks.nodes[graph.relations[r].source_type],
                   &targets = blocks.nodes[graph.relations[r].destination_type];
        for (size_t i = 0; i + 1 < block.offsets.size(); ++i) {
          for (Offset e = block.offsets[i]; e < block.offsets[i + 1]; ++e) {
            const Row u = sources[block.indices[e]], v = targets[i];
            if (links.contains({u, v}) || links.contains({v, u})) return true;
          }
        }
      }
    }
    return false;
  };
  EXPECT_FALSE(sees_link(batch.blocks));
  EXPECT_TRUE(
      sees_link(SampleLinkBatch(graph, graph, anchors, positives, {{{8}, {4}}, 3, 9, 2, false}).blocks));
  const Graph other = GraphOf({0, 101, 300}, {});
  EXPECT_THROW(SampleLinkBatch(graph, other, anchors, positives, {{{8}}, 1, 0, 0, true}), Error);
}

}  // namespace
}  // namespace cohear
