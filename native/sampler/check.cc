#include "sampler/check.h"

#include <cmath>

namespace cohear {
namespace {

void CheckRows(std::span<const Row> rows, size_t nodes, const char* name) {
  for (size_t i = 0; i < rows.size(); ++i) {
    COHEAR_REQUIRE(
        rows[i] < nodes, Code::kRange,
        name << "[" << i << "] is row " << rows[i] << ", want below the graph's " << nodes << " nodes");
  }
}

void CheckFanouts(const Graph& graph, const std::vector<std::vector<int32_t>>& hops) {
  COHEAR_REQUIRE(!hops.empty() && hops.size() <= 255, Code::kShape,
                 "fanouts: want 1 to 255 hops, got " << hops.size());
  COHEAR_REQUIRE(graph.relations.size() <= 0xFFFF, Code::kRange, "the graph has more than 65535 relations");
  for (size_t hop = 0; hop < hops.size(); ++hop) {
    COHEAR_REQUIRE(hops[hop].size() == 1 || hops[hop].size() == graph.relations.size(), Code::kShape,
                   "fanouts[" << hop << "]: want one number or one per relation (" << graph.relations.size()
                              << "), got " << hops[hop].size());
    for (const int32_t fanout : hops[hop]) {
      COHEAR_REQUIRE(fanout >= -1, Code::kRange,
                     "fanouts[" << hop << "]: want 0 or more, or -1 for all neighbours, got " << fanout);
    }
  }
}

void CheckModes(const Graph& graph, const SampleOptions& options, size_t seeds) {
  COHEAR_ASSERT(options.modes.index == nullptr || &options.modes.index->graph() == &graph,
                "an index of another graph");
  const bool timed = options.modes.index && options.modes.index->timed();
  COHEAR_REQUIRE(timed || (options.modes.before.empty() && !options.modes.recent), Code::kValue,
                 "before and recent need an index of times");
  COHEAR_REQUIRE(!options.modes.recent || !options.modes.replace, Code::kValue,
                 "recent takes the latest neighbours and replace draws them; choose one");
  if (!timed) return;
  const size_t times = options.modes.before.size();
  COHEAR_REQUIRE(
      times == 1 || (options.modes.disjoint && times == seeds), Code::kShape,
      "before: " << times << " times for " << seeds
                 << " seeds; want one for all or, with disjoint trees, one per seed (seeds that share "
                    "their nodes cannot have different times)");
  for (size_t i = 0; i < times; ++i) {
    COHEAR_REQUIRE(!std::isnan(options.modes.before[i]), Code::kValue, "before[" << i << "] is not a number");
  }
}

}  // namespace

void CheckSampling(const Graph& graph, std::span<const Row> seeds, const SampleOptions& options) {
  CheckFanouts(graph, options.fanouts);
  CheckRows(seeds, graph.nodes(), "seeds");
  COHEAR_REQUIRE(options.exclude_a.size() == options.exclude_b.size(), Code::kShape,
                 "exclude: " << options.exclude_a.size() << " anchors but " << options.exclude_b.size()
                             << " positives; want as many");
  CheckRows(options.exclude_a, graph.nodes(), "exclude.anchors");
  CheckRows(options.exclude_b, graph.nodes(), "exclude.positives");
  CheckModes(graph, options, seeds.size());
}

}  // namespace cohear
