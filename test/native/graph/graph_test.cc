#include "graph/graph.h"

#include <cmath>
#include <functional>

#include "../testing.h"

namespace cohear {
namespace {

// Items 0 and 1 of type 0, 2 to 4 of type 1; relations 0 -> 0 and 1 -> 0.
Graph Small() {
  Graph graph{{0, 2, 5}, {}, {}, 0};
  graph.relations.push_back({0, 0, {0, 1, 2}, {1, 0}, {3, 3}, {}, {}});
  graph.relations.push_back({1, 0, {0, 2, 3}, {2, 4, 3}, {}, {1, 2, 3}, {5, 6, 7}});
  return graph;
}

std::string After(const std::function<void(Graph&)>& change) {
  Graph graph = Small();
  change(graph);
  return CodeOf([&] { CheckGraph(graph); });
}

TEST(Graph, TakesWhatIsSound) {
  EXPECT_EQ(After([](Graph&) {}), "no error");
  EXPECT_EQ(After([](Graph& g) { g.relations.clear(); }), "no error");
  EXPECT_EQ(After([](Graph& g) { g.item_users = {1, 1, 1, 1, 1}; }), "no error");
  EXPECT_EQ(BytesOf(Small()), 3 * 4 + 6 * 8 + 5 * 4 + 2 * 4 + 3 * 4 + 3 * 8u);
}

TEST(Graph, RefusesWhatIsNot) {
  EXPECT_EQ(After([](Graph& g) { g.type_offsets = {0}; }), "ERR_SHAPE");
  EXPECT_EQ(After([](Graph& g) { g.type_offsets[1] = 9; }), "ERR_VALUE");
  EXPECT_EQ(After([](Graph& g) { g.item_users = {1}; }), "ERR_SHAPE");
  EXPECT_EQ(After([](Graph& g) { std::swap(g.relations[0], g.relations[1]); }), "ERR_VALUE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1] = g.relations[0]; }), "ERR_VALUE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].source_type = 2; }), "ERR_RANGE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].destination_type = 1; }), "ERR_SHAPE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].indices = {1, 4, 3}; }), "ERR_RANGE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].indices = {2, 4, 5}; }), "ERR_RANGE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].indices = {2, 2, 3}; }), "ERR_VALUE");
  EXPECT_EQ(After([](Graph& g) { g.relations[0].counts = {3}; }), "ERR_SHAPE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].scores = {INFINITY, 2, 3}; }), "ERR_VALUE");
  EXPECT_EQ(After([](Graph& g) { g.relations[1].last_times = {NAN, 6, 7}; }), "ERR_VALUE");
}

}  // namespace
}  // namespace cohear
