#include "graph/neighbour_scores.h"

#include <cmath>

#include "../testing.h"
#include "graph/co_interaction.h"
#include "graph/transpose.h"
#include "random_histories.h"

namespace cohear {
namespace {

Graph Scored(const TestHistories& histories, const std::vector<Row>& types) {
  return CoInteraction(histories.csr(), histories.times, types,
                       {.prune = PruneOptions{Score::kDamped, 3, 4}});
}

TEST(Transpose, TurnsEveryEdgeAroundAndBack) {
  const TestHistories histories = RandomHistories(9, 200, 60, 10);
  const std::vector<Row> types{0, 20, 20, 60};
  const Graph graph = Scored(histories, types);
  const Graph turned = Transpose(graph);
  CheckGraph(turned);
  std::map<std::pair<Row, Row>, std::tuple<float, uint32_t, double>> edges;
  const auto each = [&](const Graph& g, auto&& body) {
    for (const Relation& relation : g.relations) {
      for (size_t row = 0; row + 1 < relation.offsets.size(); ++row) {
        for (Offset e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) {
          body(static_cast<Row>(types[relation.destination_type] + row), relation.indices[e],
               std::tuple(relation.scores[e], relation.counts[e], relation.last_times[e]));
        }
      }
    }
  };
  each(graph, [&](Row to, Row from, auto edge) { edges[{to, from}] = edge; });
  ASSERT_GT(edges.size(), 100u);
  size_t count = 0;
  each(turned, [&](Row from, Row to, auto edge) {
    ++count;
    EXPECT_EQ(edges.at({to, from}), edge);
  });
  EXPECT_EQ(count, edges.size());
  const Graph again = Transpose(turned);
  for (size_t r = 0; r < graph.relations.size(); ++r) {
    EXPECT_EQ(again.relations[r].indices, graph.relations[r].indices);
    EXPECT_EQ(again.relations[r].offsets, graph.relations[r].offsets);
  }
}

TEST(NeighbourScores, EqualsThePlainSumAtAnyNumberOfThreads) {
  const TestHistories histories = RandomHistories(11, 150, 80, 12);
  const std::vector<Row> types{0, 30, 30, 80};
  const Graph graph = Scored(histories, types), by_source = Transpose(graph);
  std::vector<float> weights;
  Draws draws(1, 0, 0, 0);
  for (size_t e = 0; e < histories.items.size(); ++e) weights.push_back(draws.NextBelow(100) / 50.0f - 1);
  const size_t users = histories.offsets.size() - 1;

  std::map<std::pair<Row, Row>, float> score;
  for (const Relation& relation : graph.relations) {
    for (size_t row = 0; row + 1 < relation.offsets.size(); ++row) {
      for (Offset e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) {
        score[{relation.indices[e], static_cast<Row>(types[relation.destination_type] + row)}] =
            relation.scores[e];
      }
    }
  }
  std::vector<float> want(users * 80, 0.5f);  // added to, not overwritten
  for (size_t u = 0; u < users; ++u) {
    for (Offset e = histories.offsets[u]; e < histories.offsets[u + 1]; ++e) {
      for (Row i = 0; i < 80; ++i) {
        const auto found = score.find({histories.items[e], i});
        if (found != score.end()) want[u * 80 + i] += weights[e] * found->second;
      }
    }
  }
  for (int threads : {1, 2, 7}) {
    WithThreads with(threads);
    std::vector<float> out(users * 80, 0.5f);
    NeighbourScores(by_source, histories.csr(), weights, out);
    EXPECT_EQ(out, want);  // the same order of adding, so the same bits
  }
}

TEST(NeighbourScores, RefusesWhatDoesNotFit) {
  const TestHistories histories = RandomHistories(11, 5, 8, 4);
  const std::vector<Row> types{0, 8};
  const Graph by_source = Transpose(Scored(histories, types));
  std::vector<float> weights(histories.items.size(), 1), out(5 * 8);
  const auto run = [&](const Graph& graph) {
    return CodeOf([&] { NeighbourScores(graph, histories.csr(), weights, out); });
  };
  EXPECT_EQ(run(by_source), "no error");
  EXPECT_EQ(run(CoInteraction(histories.csr(), histories.times, types, {})), "ERR_VALUE");
  out.pop_back();
  EXPECT_EQ(run(by_source), "ERR_SHAPE");
  out.resize(40);
  weights[0] = NAN;
  EXPECT_EQ(run(by_source), "ERR_VALUE");
  weights.pop_back();
  EXPECT_EQ(run(by_source), "ERR_SHAPE");
}

}  // namespace
}  // namespace cohear
