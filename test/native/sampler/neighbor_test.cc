#include "sampler/neighbor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/pool.h"
#include "graphs.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

using test::BothWays;
using test::GraphOf;
using test::Pair;
using test::RandomPairs;
using test::TypeIn;

template <class T>
std::vector<T> List(const RawVector<T>& values) {
  return {values.begin(), values.end()};
}

// What SampleBlocks must return, written as plainly as possible: sets and maps, one thread.
Blocks Reference(const Graph& graph, const std::vector<Row>& seeds, const SampleOptions& options) {
  std::set<Pair> barred;
  for (size_t i = 0; i < options.exclude_a.size(); ++i) {
    barred.insert({options.exclude_a[i], options.exclude_b[i]});
    barred.insert({options.exclude_b[i], options.exclude_a[i]});
  }
  Blocks out;
  out.nodes.resize(graph.types());
  std::map<Row, uint32_t> position;
  const auto place = [&](Row row) {
    auto& nodes = out.nodes[TypeIn(graph.type_offsets, row)];
    if (position.try_emplace(row, nodes.size()).second) nodes.push_back(row);
    return position[row];
  };
  const auto count = [&] {
    out.counts.emplace_back();
    for (const auto& nodes : out.nodes) out.counts.back().push_back(static_cast<uint32_t>(nodes.size()));
  };
  for (const Row seed : seeds) place(seed);
  count();
  for (const Row seed : seeds) {
    uint32_t before = 0;
    for (uint32_t t = 0; t < TypeIn(graph.type_offsets, seed); ++t) before += out.counts[0][t];
    out.seed_positions.push_back(before + position[seed]);
  }
  for (uint32_t hop = 0; hop < options.fanouts.size(); ++hop) {
    auto& blocks = out.blocks.emplace_back(graph.relations.size());
    for (uint32_t r = 0; r < graph.relations.size(); ++r) {
      const Relation& relation = graph.relations[r];
      const auto& fanouts = options.fanouts[hop];
      const int32_t fanout = fanouts.size() == 1 ? fanouts[0] : fanouts[r];
      blocks[r].offsets.push_back(0);
      for (uint32_t i = 0; i < out.counts[hop][relation.destination_type]; ++i) {
        const Row node = out.nodes[relation.destination_type][i];
        std::vector<Row> open;
        for (const Row u : relation.csr()[node - graph.type_offsets[relation.destination_type]]) {
          if (!barred.contains({node, u})) open.push_back(u);
        }
        std::vector<uint32_t> chosen;
        const uint32_t n = static_cast<uint32_t>(open.size());
        if (fanout < 0 || static_cast<uint32_t>(fanout) >= n) {
          for (uint32_t j = 0; j < n; ++j) chosen.push_back(j);
        } else {
          Draws draws(options.seed, node, StreamWord(Stream::kNeighbor, hop, r), options.step);
          for (uint32_t j = n - static_cast<uint32_t>(fanout); j < n; ++j) {
            const uint32_t t = draws.NextBelow(j + 1);
            chosen.push_back(std::find(chosen.begin(), chosen.end(), t) == chosen.end() ? t : j);
          }
        }
        for (const uint32_t j : chosen) blocks[r].indices.push_back(open[j]);
        blocks[r].offsets.push_back(blocks[r].indices.size());
      }
    }
    for (auto& block : blocks) {
      for (Row& row : block.indices) row = place(row);
    }
    count();
  }
  return out;
}

void ExpectSame(const Blocks& a, const Blocks& b) {
  EXPECT_EQ(a.nodes, b.nodes);
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.seed_positions, b.seed_positions);
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (size_t hop = 0; hop < a.blocks.size(); ++hop) {
    ASSERT_EQ(a.blocks[hop].size(), b.blocks[hop].size());
    for (size_t r = 0; r < a.blocks[hop].size(); ++r) {
      EXPECT_EQ(a.blocks[hop][r].offsets, b.blocks[hop][r].offsets) << "hop " << hop << " relation " << r;
      EXPECT_EQ(a.blocks[hop][r].indices, b.blocks[hop][r].indices) << "hop " << hop << " relation " << r;
    }
  }
}

// Type 0 is rows 0..3, type 1 rows 4..6. Pairs 0-1, 1-2, 1-4, 2-5, 4-5; rows 3 and 6 are alone.
Graph ByHand() { return GraphOf({0, 4, 7}, BothWays({{0, 1}, {1, 2}, {1, 4}, {2, 5}, {4, 5}})); }

TEST(Neighbor, WholeNeighbourhoodsByHand) {
  const std::vector<Row> seeds{5, 0, 5, 3};
  const Blocks out = SampleBlocks(ByHand(), seeds, {{{-1}, {-1}}, 1, 0, {}, {}});
  // Seeds: type 0 has 0, 3; type 1 has 5. Concatenated: 0, 3, 5.
  EXPECT_EQ(out.seed_positions, (std::vector<uint32_t>{2, 0, 2, 1}));
  // Hop 0 finds 1 (a neighbour of 0) and 2 (of 5), then 4 (of 5); hop 1 finds nothing new.
  EXPECT_EQ(List(out.nodes[0]), (std::vector<Row>{0, 3, 1, 2}));
  EXPECT_EQ(List(out.nodes[1]), (std::vector<Row>{5, 4}));
  EXPECT_EQ(out.counts, (std::vector<std::vector<uint32_t>>{{2, 1}, {4, 2}, {4, 2}}));
  // Relations in order: 0->0, 0->1, 1->0, 1->1.
  const auto& first = out.blocks[0];
  EXPECT_EQ(List(first[0].offsets), (std::vector<Offset>{0, 1, 1}));  // of 0: 1; of 3: nothing
  EXPECT_EQ(List(first[0].indices), (std::vector<Row>{2}));
  EXPECT_EQ(List(first[1].offsets), (std::vector<Offset>{0, 1}));  // of 5 among type 0: 2
  EXPECT_EQ(List(first[1].indices), (std::vector<Row>{3}));
  EXPECT_EQ(List(first[2].offsets), (std::vector<Offset>{0, 0, 0}));
  EXPECT_EQ(List(first[3].indices), (std::vector<Row>{1}));  // of 5 among type 1: 4
  const auto& second = out.blocks[1];
  EXPECT_EQ(List(second[0].offsets), (std::vector<Offset>{0, 1, 1, 3, 4}));  // of 0, 3, 1, 2
  EXPECT_EQ(List(second[0].indices), (std::vector<Row>{2, 0, 3, 2}));
  EXPECT_EQ(List(second[1].indices), (std::vector<Row>{3, 2}));              // 5 has 2; 4 has 1
  EXPECT_EQ(List(second[2].offsets), (std::vector<Offset>{0, 0, 0, 1, 2}));  // 1 has 4; 2 has 5
  EXPECT_EQ(List(second[2].indices), (std::vector<Row>{1, 0}));
  EXPECT_EQ(List(second[3].indices), (std::vector<Row>{1, 0}));
  EXPECT_EQ(out.edges(), 3u + 10u);
}

TEST(Neighbor, ExclusionsByHand) {
  const std::vector<Row> seeds{1}, a{2}, b{1};
  const Blocks out = SampleBlocks(ByHand(), seeds, {{{-1, 0, 0, 0}, {-1, 0, 0, 0}}, 1, 0, a, b});
  // 1 may not see 2 (the pair is given as 2, 1), so only 0 is found, and 2 never.
  EXPECT_EQ(List(out.nodes[0]), (std::vector<Row>{1, 0}));
  EXPECT_TRUE(out.nodes[1].empty());
  EXPECT_EQ(List(out.blocks[1][0].indices), (std::vector<Row>{1, 0}));
  EXPECT_EQ(List(out.blocks[0][2].offsets), (std::vector<Offset>{0, 0}));
}

TEST(Neighbor, NoSeedsAndNoRelations) {
  const Blocks none = SampleBlocks(ByHand(), {}, {{{3}}, 1, 0, {}, {}});
  EXPECT_EQ(none.counts, (std::vector<std::vector<uint32_t>>{{0, 0}, {0, 0}}));
  EXPECT_EQ(List(none.blocks[0][0].offsets), (std::vector<Offset>{0}));
  const std::vector<Row> seeds{1, 1};
  const Blocks alone = SampleBlocks(GraphOf({0, 2}, {}, false), seeds, {{{3}}, 1, 0, {}, {}});
  EXPECT_EQ(List(alone.nodes[0]), (std::vector<Row>{1}));
  EXPECT_TRUE(alone.blocks[0].empty());
}

struct Case {
  std::vector<std::vector<int32_t>> fanouts;
  bool exclude;
};

class NeighborRandom : public ::testing::TestWithParam<Case> {};

TEST_P(NeighborRandom, EqualsReferenceAtAnyThreads) {
  const std::set<Pair> pairs = RandomPairs(2400, 0.01, 3);
  const Graph graph = GraphOf({0, 800, 800, 2400}, BothWays(pairs));  // the middle type is empty
  std::vector<Row> seeds, a, b;
  for (uint32_t i = 0; i < 700; ++i) seeds.push_back(Philox(9, {i, 0, 0, 0})[0] % 2400);
  if (GetParam().exclude) {
    uint32_t i = 0;
    for (const auto& [u, v] : pairs) {
      if (i++ % 3 == 0) (a.push_back(u), b.push_back(v));
    }
    a.push_back(7), b.push_back(7);  // not an edge: no effect
  }
  for (const uint32_t step : {0u, 5u}) {
    const SampleOptions options{GetParam().fanouts, 77, step, a, b};
    const Blocks want = Reference(graph, seeds, options);
    for (const int threads : {1, 2, 7}) {
      SetThreads(threads);
      ExpectSame(SampleBlocks(graph, seeds, options), want);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NeighborRandom,
    ::testing::Values(Case{{{15}, {10}}, false}, Case{{{15}, {10}}, true}, Case{{{-1}}, true},
                      Case{{{3}, {2}, {1}}, true}, Case{{{60}, {40}}, true},  // beyond the scan: a bitmap
                      Case{{{4, 0, 3, 0, 0, 0, 5, 0, -1}, {1, 0, 2, 0, 0, 0, 0, 0, 40}}, true}));

TEST(Neighbor, Properties) {
  const std::set<Pair> pairs = RandomPairs(600, 0.05, 4), edges = BothWays(pairs);
  const Graph graph = GraphOf({0, 200, 600}, edges);
  std::vector<Row> a, b;
  for (const auto& [u, v] : pairs) {
    if (u % 5 == 0) (a.push_back(v), b.push_back(u));
  }
  std::set<Pair> barred;
  for (size_t i = 0; i < a.size(); ++i) barred.insert({{a[i], b[i]}}), barred.insert({{b[i], a[i]}});
  const std::vector<Row> seeds{0, 10, 201, 599, 10, 3};
  const Blocks out = SampleBlocks(graph, seeds, {{{6}, {4}, {2}}, 5, 1, a, b});
  for (size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(std::set<Row>(out.nodes[t].begin(), out.nodes[t].end()).size(), out.nodes[t].size());
  }
  for (size_t hop = 0; hop < 3; ++hop) {
    const uint32_t fanout = hop == 0 ? 6 : hop == 1 ? 4 : 2;
    for (size_t r = 0; r < graph.relations.size(); ++r) {
      const auto& [s, d] = std::pair(graph.relations[r].source_type, graph.relations[r].destination_type);
      const auto& block = out.blocks[hop][r];
      ASSERT_EQ(block.offsets.size(), out.counts[hop][d] + 1);
      for (uint32_t i = 0; i < out.counts[hop][d]; ++i) {
        const Row node = out.nodes[d][i];
        std::set<Row> drawn;
        for (Offset e = block.offsets[i]; e < block.offsets[i + 1]; ++e) {
          ASSERT_LT(block.indices[e], out.counts[hop + 1][s]);
          const Row from = out.nodes[s][block.indices[e]];
          EXPECT_TRUE(edges.contains({from, node}));
          EXPECT_FALSE(barred.contains({from, node}));
          EXPECT_TRUE(drawn.insert(from).second) << "drawn twice";
        }
        uint32_t open = 0;
        for (const Row u : graph.relations[r].csr()[node - graph.type_offsets[d]])
          open += !barred.contains({u, node});
        EXPECT_EQ(drawn.size(), std::min(fanout, open));
      }
    }
  }
}

// Chi-square over how often each neighbour is drawn. 3 of 12 and 40 of 60, with 2 more excluded; 99.9999 % of
// fair samplers stay below the bounds (12 - 1 and 60 - 1 degrees of freedom), and the seed is fixed.
TEST(Neighbor, DrawsAreUniform) {
  for (const auto& [open, take, bound] : {std::tuple{12u, 3u, 48.0}, std::tuple{60u, 40u, 135.0}}) {
    std::set<Pair> edges;
    for (Row u = 1; u <= open + 2; ++u) edges.insert({u, 0});
    const Graph graph = GraphOf({0, open + 3}, edges);
    const std::vector<Row> seeds{0}, a{0, 0}, b{4, 9};
    std::vector<double> drawn(open + 3, 0);
    const uint32_t rounds = 20000;
    for (uint32_t step = 0; step < rounds; ++step) {
      const Blocks out = SampleBlocks(graph, seeds, {{{static_cast<int32_t>(take)}}, 1, step, a, b});
      for (size_t i = 1; i < out.nodes[0].size(); ++i) ++drawn[out.nodes[0][i]];
    }
    EXPECT_EQ(drawn[4] + drawn[9], 0);
    const double expected = static_cast<double>(rounds) * take / open;
    double chi = 0;
    for (Row u = 1; u < drawn.size(); ++u) {
      if (u != 4 && u != 9) chi += (drawn[u] - expected) * (drawn[u] - expected) / expected;
    }
    EXPECT_LT(chi, bound);
    EXPECT_GT(chi, 0.0);
  }
}

TEST(Neighbor, HopsDrawIndependently) {
  std::set<Pair> edges;
  for (Row u = 1; u < 50; ++u) edges.insert({u, 0});
  const Graph graph = GraphOf({0, 50}, edges);
  const std::vector<Row> seeds{0};
  const Blocks out = SampleBlocks(graph, seeds, {{{5}, {5}}, 1, 0, {}, {}});
  EXPECT_NE(List(out.blocks[0][0].indices),
            std::vector<Row>(out.blocks[1][0].indices.begin(), out.blocks[1][0].indices.begin() + 5));
}

template <class Body>
Code CodeOf(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::kInternal;
}

TEST(Neighbor, RefusesWrongArguments) {
  const Graph graph = ByHand();
  const std::vector<Row> seeds{1}, outside{7}, two{1, 2};
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, outside, {{{1}}, 1, 0, {}, {}}); }), Code::kRange);
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, seeds, {{}, 1, 0, {}, {}}); }), Code::kShape);
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, seeds, {{{1, 2}}, 1, 0, {}, {}}); }), Code::kShape);
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, seeds, {{{-2}}, 1, 0, {}, {}}); }), Code::kRange);
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, seeds, {{{1}}, 1, 0, seeds, two}); }), Code::kShape);
  EXPECT_EQ(CodeOf([&] { SampleBlocks(graph, seeds, {{{1}}, 1, 0, seeds, outside}); }), Code::kRange);
}

}  // namespace
}  // namespace cohear
