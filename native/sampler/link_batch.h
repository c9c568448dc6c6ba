// One step of link training in one call: negatives, then the blocks of all three ends of the batch's links.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/negatives.h"
#include "sampler/neighbor.h"

namespace cohear {

struct LinkBatchOptions {
  std::vector<std::vector<int32_t>> fanouts;  // as SampleOptions
  uint32_t negatives = 1;                     // per pair
  uint64_t seed = 0;
  uint32_t step = 0;
  bool exclude = true;  // leave the batch's own pairs out of message passing, in both directions
  // As SampleOptions; `before` may hold a time per link, which its anchor, positive and negatives then share.
  SampleModes modes = {};
  // As NegativeOptions.
  const PopularityTables* popularity = nullptr;
  bool in_batch = false;
};

struct LinkBatch {
  Negatives negatives;
  Blocks blocks;  // of anchors, then positives, then negatives
  // Where each end stands in the concatenation over types of the seed nodes: parallel to anchors, positives
  // and negatives.rows.
  std::vector<uint32_t> anchor_positions, positive_positions, negative_positions;
};

// `graph` carries messages (it may be pruned); negatives are rejected against `full`, of the same types.
LinkBatch SampleLinkBatch(const Graph& graph, const Graph& full, std::span<const Row> anchors,
                          std::span<const Row> positives, const LinkBatchOptions& options);

}  // namespace cohear
