#include "sampler/link_batch.h"

#include <utility>

namespace cohear {

LinkBatch SampleLinkBatch(const Graph& graph, const Graph& full, std::span<const Row> anchors,
                          std::span<const Row> positives, const LinkBatchOptions& options) {
  COHEAR_REQUIRE(
      graph.type_offsets == full.type_offsets, Code::kShape,
      "the graph for messages and the one for negatives have different types or sizes; make both from the "
      "same catalogue");
  LinkBatch batch;
  batch.negatives =
      SampleNegatives(full, anchors, positives,
                      {options.negatives, options.seed, options.step, options.popularity, options.in_batch});
  std::vector<Row> seeds;
  seeds.reserve(anchors.size() + positives.size() + batch.negatives.rows.size());
  seeds.insert(seeds.end(), anchors.begin(), anchors.end());
  seeds.insert(seeds.end(), positives.begin(), positives.end());
  seeds.insert(seeds.end(), batch.negatives.rows.begin(), batch.negatives.rows.end());
  SampleOptions sampling{options.fanouts, options.seed, options.step, {}, {}, options.modes};
  const auto& times = options.modes.before;
  std::vector<double> before;
  if (times.size() > 1) {
    COHEAR_REQUIRE(times.size() == anchors.size(), Code::kShape,
                   "before: " << times.size() << " times for " << anchors.size()
                              << " links; want one for all or one per link");
    before.insert(before.end(), times.begin(), times.end());
    before.insert(before.end(), times.begin(), times.end());
    for (const double time : times) before.insert(before.end(), options.negatives, time);
    sampling.modes.before = before;
  }
  if (options.exclude) {
    sampling.exclude_a = anchors;
    sampling.exclude_b = positives;
  }
  batch.blocks = SampleBlocks(graph, seeds, sampling);
  const auto& positions = batch.blocks.seed_positions;
  const auto first = positions.begin(), second = first + static_cast<ptrdiff_t>(anchors.size()),
             third = second + static_cast<ptrdiff_t>(positives.size());
  batch.anchor_positions.assign(first, second);
  batch.positive_positions.assign(second, third);
  batch.negative_positions.assign(third, positions.end());
  return batch;
}

}  // namespace cohear
