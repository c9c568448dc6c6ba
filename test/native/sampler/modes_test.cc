// The ways of choosing neighbours besides the uniform one: by weight, by time, with replacement, tree by
// tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "../testing.h"
#include "graphs.h"
#include "sampler/link_batch.h"
#include "sampler/neighbor.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

using test::BothWays;
using test::GraphOf;
using test::Pair;
using test::RandomPairs;

// Two types, rows 0..99 and 100..399; scores and times of the edges are some function of their ends.
Graph RandomGraph() { return GraphOf({0, 100, 400}, BothWays(RandomPairs(400, 0.08, 6))); }

float ScoreOf(Row u, Row v) { return static_cast<float>(u) + static_cast<float>(v) / 1000; }
double TimeOf(Row u, Row v) { return u - v / 1000.0; }

struct Edge {
  size_t hop, relation;
  uint32_t tree;
  Row source, destination;
  auto operator<=>(const Edge&) const = default;
};

// Every sampled edge, block by block; checks on the way that positions are in range and trees do not mix.
std::vector<Edge> EdgesOf(const Graph& graph, const Blocks& out) {
  std::vector<Edge> edges;
  for (size_t hop = 0; hop < out.blocks.size(); ++hop) {
    for (size_t r = 0; r < graph.relations.size(); ++r) {
      const auto& block = out.blocks[hop][r];
      const uint32_t s = graph.relations[r].source_type, d = graph.relations[r].destination_type;
      EXPECT_EQ(block.offsets.size(), out.counts[hop][d] + 1);
      for (size_t v = 0; v + 1 < block.offsets.size(); ++v) {
        for (Offset e = block.offsets[v]; e < block.offsets[v + 1]; ++e) {
          const uint32_t u = block.indices[e];
          EXPECT_LT(u, out.counts[hop + 1][s]);
          const uint32_t tree = out.trees.empty() ? 0 : out.trees[d][v];
          if (!out.trees.empty()) {
            EXPECT_EQ(out.trees[s][u], tree);
          }
          edges.push_back({hop, r, tree, out.nodes[s][u], out.nodes[d][v]});
        }
      }
    }
  }
  return edges;
}

bool Same(const Blocks& a, const Blocks& b) {
  if (a.nodes != b.nodes || a.counts != b.counts || a.trees != b.trees) return false;
  if (a.seed_positions != b.seed_positions || a.blocks.size() != b.blocks.size()) return false;
  for (size_t hop = 0; hop < a.blocks.size(); ++hop) {
    for (size_t r = 0; r < a.blocks[hop].size(); ++r) {
      const Block &x = a.blocks[hop][r], &y = b.blocks[hop][r];
      if (x.offsets != y.offsets || x.indices != y.indices) return false;
    }
  }
  return true;
}

std::vector<Row> Seeds() {
  std::vector<Row> seeds;
  for (uint32_t i = 0; i < 90; ++i) seeds.push_back(Philox(4, {i, 0, 0, 0})[0] % 400);
  seeds[17] = seeds[3];  // a repeat
  return seeds;
}

struct Mode {
  const char* name;
  bool weighted, timed, replace, disjoint, recent;
};
std::ostream& operator<<(std::ostream& out, const Mode& mode) { return out << mode.name; }

class EveryMode : public ::testing::TestWithParam<Mode> {};

// Each node draws as many as it should, of what it may, and the same at any number of threads.
TEST_P(EveryMode, DrawsWhatItMay) {
  const Mode& mode = GetParam();
  const Graph graph = RandomGraph();
  const std::vector<Row> seeds = Seeds();
  const SamplingIndex index(graph, {mode.weighted, mode.timed, {}});
  std::vector<double> before;
  if (mode.timed) before.push_back(200.5);
  if (mode.timed && mode.disjoint) {
    before.clear();
    for (size_t i = 0; i < seeds.size(); ++i) before.push_back(50 + 4.0 * static_cast<double>(i));
  }
  std::vector<Row> a, b;
  for (Row v = 0; v < 400; v += 3) a.push_back(v), b.push_back((v * 7) % 400);
  const std::vector<std::vector<int32_t>> fanouts{{6, 3, -1, 9}, {2, 40, 4, 0}};
  const SampleOptions options{fanouts, 3, 1,
                              a,       b, {&index, mode.replace, mode.disjoint, before, mode.recent}};
  const Blocks out = SampleBlocks(graph, seeds, options);
  for (const int threads : {1, 2, 7}) {
    const WithThreads set(threads);
    EXPECT_TRUE(Same(SampleBlocks(graph, seeds, options), out)) << threads << " threads";
  }
  SampleOptions later = options;
  later.step = 2;
  EXPECT_EQ(Same(SampleBlocks(graph, seeds, later), out), mode.recent);

  std::set<Pair> barred;
  for (size_t i = 0; i < a.size(); ++i) barred.insert({{a[i], b[i]}}), barred.insert({{b[i], a[i]}});
  std::map<std::tuple<size_t, size_t, uint32_t, Row>, std::vector<Row>> drawn;  // by destination
  for (const Edge& e : EdgesOf(graph, out))
    drawn[{e.hop, e.relation, e.tree, e.destination}].push_back(e.source);
  size_t nodes = 0;
  for (size_t hop = 0; hop < fanouts.size(); ++hop) {
    for (size_t r = 0; r < graph.relations.size(); ++r) {
      const Relation& relation = graph.relations[r];
      const uint32_t d = relation.destination_type;
      for (uint32_t v = 0; v < out.counts[hop][d]; ++v, ++nodes) {
        const Row node = out.nodes[d][v];
        const uint32_t tree = mode.disjoint ? out.trees[d][v] : 0;
        std::vector<Row> open;
        for (const Row u : relation.csr()[node - graph.type_offsets[d]]) {
          if (barred.contains({node, u})) continue;
          if (mode.timed && TimeOf(u, node) >= before[mode.disjoint ? tree : 0]) continue;
          if (mode.weighted && ScoreOf(u, node) == 0) continue;
          open.push_back(u);
        }
        std::vector<Row>& own = drawn[{hop, r, tree, node}];
        const bool all = fanouts[hop][r] < 0;
        const size_t fanout = all ? open.size() : static_cast<size_t>(fanouts[hop][r]);
        ASSERT_EQ(own.size(),
                  mode.replace && !all ? (open.empty() ? 0 : fanout) : std::min(fanout, open.size()));
        for (const Row u : own) ASSERT_TRUE(std::find(open.begin(), open.end(), u) != open.end());
        if (mode.recent) {
          std::sort(open.begin(), open.end(),
                    [&](Row x, Row y) { return TimeOf(x, node) < TimeOf(y, node); });
          ASSERT_EQ(own, std::vector<Row>(open.end() - static_cast<ptrdiff_t>(own.size()), open.end()));
        }
        if (!mode.replace || all) {
          ASSERT_EQ(std::set<Row>(own.begin(), own.end()).size(), own.size());
        }
      }
    }
  }
  EXPECT_GT(nodes, 500u);
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
                         ::testing::Values(Mode{"uniform", false, false, false, false, false},
                                           Mode{"replace", false, false, true, false, false},
                                           Mode{"trees", false, false, false, true, false},
                                           Mode{"weighted", true, false, false, false, false},
                                           Mode{"weighted, replace", true, false, true, false, false},
                                           Mode{"weighted, trees", true, false, false, true, false},
                                           Mode{"timed", false, true, false, false, false},
                                           Mode{"timed, trees", false, true, false, true, false},
                                           Mode{"timed, replace, trees", false, true, true, true, false},
                                           Mode{"recent", false, true, false, false, true},
                                           Mode{"recent, trees", false, true, false, true, true},
                                           Mode{"weighted and timed", true, true, false, false, false},
                                           Mode{"weighted and timed, replace", true, true, true, false,
                                                false},
                                           Mode{"weighted and timed, trees", true, true, false, true, false},
                                           Mode{"weighted but recent", true, true, false, true, true}));

// A tree is what its seed alone would give under the tree's own seed.
TEST(Trees, AreWhatEachSeedGivesAlone) {
  const Graph graph = RandomGraph();
  const std::vector<Row> seeds = Seeds();
  const SamplingIndex index(graph, {true, false, {}});
  const SampleOptions together{{{5}, {4}, {3}}, 8, 6, {}, {}, {&index, false, true, {}, false}};
  const Blocks out = SampleBlocks(graph, seeds, together);
  const auto edges = EdgesOf(graph, out);
  std::vector<std::multiset<Edge>> of(seeds.size());
  for (Edge edge : edges) {
    const uint32_t tree = edge.tree;
    edge.tree = 0;
    of[tree].insert(edge);
  }
  for (uint32_t i = 0; i < seeds.size(); ++i) {
    const Counter bits = Philox(8, {i, 0, StreamWord(Stream::kTree), 6});
    SampleOptions alone = together;
    alone.modes.disjoint = false;
    alone.seed = uint64_t{bits[0]} << 32 | bits[1];
    const auto own = EdgesOf(graph, SampleBlocks(graph, std::span(seeds).subspan(i, 1), alone));
    EXPECT_EQ(of[i], std::multiset<Edge>(own.begin(), own.end())) << "tree " << i;
  }
  // Within a tree a row has one place; seeds stand where they are said to.
  for (size_t t = 0; t < 2; ++t) {
    std::set<std::pair<uint32_t, Row>> places;
    for (size_t i = 0; i < out.nodes[t].size(); ++i) places.insert({out.trees[t][i], out.nodes[t][i]});
    EXPECT_EQ(places.size(), out.nodes[t].size());
  }
  for (uint32_t i = 0; i < seeds.size(); ++i) {
    const uint32_t first = out.counts[0][0], position = out.seed_positions[i];
    const size_t t = position < first ? 0 : 1, place = t == 0 ? position : position - first;
    EXPECT_EQ(out.nodes[t][place], seeds[i]);
    EXPECT_EQ(out.trees[t][place], i);
  }
}

// One node of many neighbours, drawn from again and again: how often each comes out.
std::vector<double> Frequencies(const Graph& graph, const SampleModes& modes, int32_t fanout,
                                uint32_t steps) {
  std::vector<double> counts(graph.nodes(), 0);
  const std::vector<Row> seed{0};
  for (uint32_t step = 0; step < steps; ++step) {
    const Blocks out = SampleBlocks(graph, seed, {{{fanout}}, 2, step, {}, {}, modes});
    for (const uint32_t u : out.blocks[0][0].indices) ++counts[out.nodes[0][u]];
  }
  return counts;
}

TEST(Modes, FrequenciesFollowWeightsAndTimes) {
  std::set<Pair> edges;
  for (Row u = 1; u <= 20; ++u) edges.insert({u, 0});  // scores u, times u
  const Graph graph = GraphOf({0, 21}, edges);
  const SamplingIndex weighted(graph, {true, false, {}}), timed(graph, {false, true, {}}),
      both(graph, {true, true, {}});
  const std::vector<double> before{11};  // rows 1 to 10
  constexpr uint32_t kSteps = 20000;
  struct Want {
    SampleModes modes;
    Row last;
    bool by_score;
  };
  for (const Want& want : {Want{{nullptr, true, false, {}, false}, 20, false},
                           Want{{&weighted, true, false, {}, false}, 20, true},
                           Want{{&timed, true, false, before, false}, 10, false},
                           Want{{&both, true, false, before, false}, 10, true}}) {
    const auto counts = Frequencies(graph, want.modes, 2, kSteps);
    double sum = 0;
    for (Row u = 1; u <= want.last; ++u) sum += want.by_score ? u : 1;
    for (Row u = 0; u <= 20; ++u) {
      const double share = u == 0 || u > want.last ? 0 : (want.by_score ? u : 1) / sum;
      EXPECT_NEAR(counts[u], 2 * kSteps * share, 5 * std::sqrt(2 * kSteps * share)) << "row " << u;
    }
  }
  // Without replacement the share of the first draw stays, and the second comes from the rest: the chance to
  // be among two is p_u + sum over others of p_o p_u / (1 - p_o).
  const auto counts = Frequencies(graph, {&both, false, false, before, false}, 2, kSteps);
  for (Row u = 1; u <= 10; ++u) {
    const double p = u / 55.0;
    double chance = p;
    for (Row o = 1; o <= 10; ++o) chance += o == u ? 0 : o / 55.0 * p / (1 - o / 55.0);
    EXPECT_NEAR(counts[u], kSteps * chance, 5 * std::sqrt(kSteps * chance)) << "row " << u;
  }
}

TEST(SamplingIndex, LeavesOutWeightlessEdgesAndFoldsNodeTimes) {
  Graph graph;
  graph.type_offsets = {0, 4};
  graph.relations.push_back({0, 0, {0, 3, 4, 4, 4}, {1, 2, 3, 0}, {}, {2, 0, 5, 0}, {30, 10, 20, 5}});
  CheckGraph(graph);
  const SamplingIndex weighted(graph, {true, false, {}});
  const NeighborLists& lists = weighted.relations()[0];
  const auto list = [](auto span) { return std::vector(span.begin(), span.end()); };
  EXPECT_EQ(list(lists.offsets), (std::vector<Offset>{0, 2, 2, 2, 2}));
  EXPECT_EQ(list(lists.rows), (std::vector<Row>{1, 3}));
  EXPECT_EQ(list(lists.weights), (std::vector<float>{2, 5}));
  // Of row 0: 3 at 20, 1 at 30, and 2 as young as node 2, 25.
  const std::vector<double> nodes{0, 0, 25, 0};
  const SamplingIndex timed(graph, {false, true, nodes});
  EXPECT_EQ(list(timed.relations()[0].rows), (std::vector<Row>{3, 2, 1, 0}));
  EXPECT_EQ(list(timed.relations()[0].times), (std::vector<double>{20, 25, 30, 5}));
  const SamplingIndex both(graph, {true, true, nodes});
  EXPECT_EQ(list(both.relations()[0].rows), (std::vector<Row>{3, 1}));
  EXPECT_EQ(list(both.relations()[0].sums), (std::vector<double>{5, 7}));
  EXPECT_GT(both.bytes(), timed.relations()[0].times.size_bytes() / 2);
}

TEST(Modes, RefuseWhatContradictsItself) {
  const Graph graph = RandomGraph();
  const SamplingIndex plain(graph), timed(graph, {false, true, {}});
  const std::vector<Row> seeds{1, 2, 3};
  const std::vector<double> one{5}, three{5, 6, 7}, nan{NAN};
  const auto of = [&](const SampleModes& modes) {
    return CodeOf([&] { SampleBlocks(graph, seeds, {{{2}}, 1, 0, {}, {}, modes}); });
  };
  EXPECT_EQ(of({&timed, false, false, one, false}), "no error");
  EXPECT_EQ(of({&timed, false, true, three, false}), "no error");
  EXPECT_EQ(of({&timed, false, false, three, false}), "ERR_SHAPE");
  EXPECT_EQ(of({&timed, false, false, {}, false}), "ERR_SHAPE");
  EXPECT_EQ(of({&timed, false, false, nan, false}), "ERR_VALUE");
  EXPECT_EQ(of({&plain, false, false, one, false}), "ERR_VALUE");
  EXPECT_EQ(of({nullptr, false, false, {}, true}), "ERR_VALUE");
  EXPECT_EQ(of({&timed, true, false, one, true}), "ERR_VALUE");
  Graph bare;
  bare.type_offsets = {0, 2};
  bare.relations.push_back({0, 0, {0, 1, 1}, {1}, {}, {}, {}});
  const auto index = [](const Graph& from, const SamplingIndexOptions& options) {
    return CodeOf([&] { SamplingIndex(from, options); });
  };
  EXPECT_EQ(index(bare, {true, false, {}}), "ERR_VALUE");
  EXPECT_EQ(index(bare, {false, true, {}}), "ERR_VALUE");
  EXPECT_EQ(index(bare, {false, true, one}), "ERR_SHAPE");
  EXPECT_EQ(index(bare, {false, true, std::vector<double>{1, 2}}), "no error");
  EXPECT_EQ(index(bare, {false, true, std::vector<double>{1, NAN}}), "ERR_VALUE");
  Graph negative = bare;
  negative.relations[0] = {0, 0, {0, 1, 1}, {1}, {}, {-1}, {}};
  EXPECT_EQ(index(negative, {true, false, {}}), "ERR_VALUE");
}

TEST(LinkBatch, LinksOfDifferentTimesSeeWhatIsOlder) {
  const Graph graph = RandomGraph();
  const SamplingIndex timed(graph, {false, true, {}});
  const std::vector<Row> anchors{5, 250, 90}, positives{300, 20, 310};
  const std::vector<double> before{100, 200, 300};
  LinkBatchOptions options{{{8}, {4}}, 2, 1, 0, true, {&timed, false, true, before, false}};
  const LinkBatch batch = SampleLinkBatch(graph, graph, anchors, positives, options);
  const auto edges = EdgesOf(graph, batch.blocks);
  EXPECT_GT(edges.size(), 50u);
  // Trees: anchors 0-2, positives 3-5, negatives 6-11, two per link.
  for (const Edge& e : edges) {
    const size_t link = e.tree < 6 ? e.tree % 3 : (e.tree - 6) / 2;
    EXPECT_LT(TimeOf(e.source, e.destination), before[link]);
  }
  options.modes.before = std::span(before).first(2);
  EXPECT_EQ(CodeOf([&] { SampleLinkBatch(graph, graph, anchors, positives, options); }), "ERR_SHAPE");
}

}  // namespace
}  // namespace cohear
