#include "sampler/walks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../testing.h"
#include "graphs.h"

namespace cohear {
namespace {

using test::BothWays;
using test::GraphOf;
using test::Pair;
using test::RandomPairs;

template <class T>
std::vector<T> List(const RawVector<T>& values) {
  return {values.begin(), values.end()};
}

TEST(Walks, ByHand) {
  // A path that leads to 0: 3 -> 2 -> 1 -> 0; rows 0 and 1 are of type 0, 2 and 3 of type 1. Walks go against
  // it.
  const Graph graph = GraphOf({0, 2, 4}, {{1, 0}, {2, 1}, {3, 2}}, false);
  WalkOptions options;
  options.walks = 10;
  options.length = 5;
  options.restart = 0;
  options.top = 0;
  const std::vector<Row> seeds{0, 3, 2};
  auto out = ImportanceNeighbors(graph, seeds, options);
  EXPECT_EQ(List(out[0].offsets), (std::vector<Offset>{0, 1, 1, 1}));
  EXPECT_EQ(List(out[0].nodes), (std::vector<Row>{1}));
  EXPECT_EQ(List(out[1].offsets), (std::vector<Offset>{0, 2, 2, 3}));
  EXPECT_EQ(List(out[1].nodes), (std::vector<Row>{2, 3, 3}));
  EXPECT_EQ(List(out[1].visits), (std::vector<uint32_t>{10, 10, 10}));
  options.top = 1;  // of two that are visited alike the lower row stays
  EXPECT_EQ(List(ImportanceNeighbors(graph, seeds, options)[1].nodes), (std::vector<Row>{2, 3}));
  options.restart = 1;  // one step each
  EXPECT_TRUE(ImportanceNeighbors(graph, std::span(seeds).first(1), options)[1].nodes.empty());
}

// Expected visits by the definition, on dense vectors.
std::vector<double> Expected(const Graph& graph, Row start, const WalkOptions& options) {
  const bool weighted = options.index && options.index->weighted();
  std::vector<double> at(graph.nodes(), 0), visits(graph.nodes(), 0);
  at[start] = options.walks;
  for (uint32_t step = 0; step < options.length; ++step) {
    std::vector<double> next(graph.nodes(), 0);
    for (Row v = 0; v < graph.nodes(); ++v) {
      if (at[v] == 0) continue;
      std::vector<std::pair<Row, double>> reached;
      double sum = 0;
      for (const Relation& relation : graph.relations) {
        const Row first = graph.type_offsets[relation.destination_type];
        if (v < first || v >= graph.type_offsets[relation.destination_type + 1]) continue;
        for (Offset e = relation.offsets[v - first]; e < relation.offsets[v - first + 1]; ++e) {
          if (!options.before.empty() && relation.last_times[e] >= options.before[0]) continue;
          const double weight = weighted ? relation.scores[e] : 1;
          reached.push_back({relation.indices[e], weight});
          sum += weight;
        }
      }
      for (const auto& [u, weight] : reached) next[u] += at[v] * weight / sum;
    }
    for (Row v = 0; v < graph.nodes(); ++v) {
      visits[v] += v == start ? 0 : next[v];
      at[v] = next[v] * (1 - options.restart);
    }
  }
  return visits;
}

TEST(Walks, VisitAsOftenAsTheDefinitionSays) {
  const Graph graph = GraphOf({0, 20, 60}, BothWays(RandomPairs(60, 0.08, 5)));
  const std::vector<double> before{30};
  const std::vector<Row> seeds{5, 40};
  for (const bool weighted : {false, true}) {
    for (const bool timed : {false, true}) {
      const SamplingIndex index(graph, {weighted, timed, {}});
      WalkOptions options;
      options.walks = 20000;
      options.length = 4;
      options.top = 0;
      options.index = &index;
      if (timed) options.before = before;
      const auto out = ImportanceNeighbors(graph, seeds, options);
      for (size_t i = 0; i < seeds.size(); ++i) {
        const auto expected = Expected(graph, seeds[i], options);
        std::vector<double> visits(graph.nodes(), 0);
        for (const auto& type : out) {
          for (Offset e = type.offsets[i]; e < type.offsets[i + 1]; ++e)
            visits[type.nodes[e]] = type.visits[e];
        }
        double sum = 0;
        for (Row v = 0; v < graph.nodes(); ++v) {
          // A walk comes by at most twice in four steps, so its variance is at most twice its mean.
          EXPECT_NEAR(visits[v], expected[v], 5 * std::sqrt(2 * expected[v]))
              << weighted << timed << " " << v;
          sum += visits[v];
        }
        EXPECT_GT(sum, 1000);
      }
    }
  }
}

TEST(Walks, SameAtAnyThreadsAndEachSeedAlone) {
  const Graph graph = GraphOf({0, 100, 300}, BothWays(RandomPairs(300, 0.05, 7)));
  std::vector<Row> seeds;
  for (Row v = 0; v < 300; v += 7) seeds.push_back(v);
  WalkOptions options;
  options.top = 7;
  const auto out = ImportanceNeighbors(graph, seeds, options);
  for (const int threads : {1, 2, 7}) {
    const WithThreads set(threads);
    const auto again = ImportanceNeighbors(graph, seeds, options);
    for (size_t t = 0; t < 2; ++t) {
      EXPECT_EQ(again[t].offsets, out[t].offsets);
      EXPECT_EQ(again[t].nodes, out[t].nodes);
      EXPECT_EQ(again[t].visits, out[t].visits);
    }
  }
  for (const size_t i : {size_t{0}, size_t{9}, seeds.size() - 1}) {
    const auto alone = ImportanceNeighbors(graph, std::span(seeds).subspan(i, 1), options);
    for (size_t t = 0; t < 2; ++t) {
      const auto& nodes = out[t].nodes;
      EXPECT_EQ(List(alone[t].nodes),
                std::vector<Row>(nodes.begin() + out[t].offsets[i], nodes.begin() + out[t].offsets[i + 1]));
      EXPECT_LE(alone[t].nodes.size(), 7u);
      EXPECT_TRUE(std::is_sorted(alone[t].visits.rbegin(), alone[t].visits.rend()));
    }
  }
}

TEST(Walks, RefuseWrongArguments) {
  const Graph graph = GraphOf({0, 3}, {{0, 1}});
  const std::vector<Row> seeds{1}, outside{3};
  const std::vector<double> one{5};
  const auto of = [&](auto change) {
    WalkOptions options;
    change(options);
    return CodeOf([&] { ImportanceNeighbors(graph, seeds, options); });
  };
  EXPECT_EQ(of([](WalkOptions&) {}), "no error");
  EXPECT_EQ(of([](WalkOptions& o) { o.walks = 0; }), "ERR_RANGE");
  EXPECT_EQ(of([](WalkOptions& o) { o.length = 0; }), "ERR_RANGE");
  EXPECT_EQ(of([](WalkOptions& o) { o.restart = 1.5; }), "ERR_RANGE");
  EXPECT_EQ(of([](WalkOptions& o) { o.restart = NAN; }), "ERR_RANGE");
  EXPECT_EQ(of([&](WalkOptions& o) { o.before = one; }), "ERR_SHAPE");
  EXPECT_EQ(CodeOf([&] { ImportanceNeighbors(graph, outside, {}); }), "ERR_RANGE");
}

}  // namespace
}  // namespace cohear
