// Supervision links: which edges a model learns from, and which are kept aside to judge it.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "sampler/raw_vector.h"

namespace cohear {

struct Links {
  RawVector<Row> anchors, positives;  // parallel
};

struct EdgeSplit {
  Graph train;       // without the validation pairs, in both directions; all else kept
  Links validation;  // each undirected pair once, who is anchor drawn evenly
};

// Every undirected pair goes to validation with probability `fraction` in [0, 1), by a draw that depends on
// (seed, low row, high row) alone: not on threads, nor on what else the graph holds. Throws kRange.
EdgeSplit SplitEdges(const Graph& graph, double fraction, uint64_t seed);

struct EpochOptions {
  uint64_t seed = 0;
  uint32_t epoch = 0;
  bool balanced = true;
  std::optional<uint32_t> max_per_relation;  // at most so many pairs of each link type
};

struct EpochLinks {
  Links links;
  RawVector<uint32_t> relations;  // per link: index into `types`
  // Unordered pairs of types, sorted, each with how many pairs the graph has and how many this epoch took.
  struct Type {
    uint32_t low, high, pairs, taken;
  };
  std::vector<Type> types;
};

// The supervision links of one epoch, shuffled. Balanced: each link type that has any pair gives as many as
// the rarest of those, a fresh uniform draw without replacement per epoch; else all. Who of a pair is the
// anchor is drawn evenly per epoch. A function of (graph, seed, epoch).
EpochLinks BalancedEpoch(const Graph& graph, const EpochOptions& options);

}  // namespace cohear
