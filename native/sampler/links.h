// Supervision links: which edges a model learns from, and which are kept aside to judge it.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/permutation.h"
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

// How many undirected pairs each of LinkTypes(graph) has: a pass over all edges, once per graph.
std::vector<uint64_t> CountPairs(const Graph& graph);

// The supervision links of one epoch, shuffled, made as they are asked for. Balanced: each link type that has
// any pair gives as many as the rarest of those, a fresh uniform draw without replacement per epoch; else
// all. Who of a pair is the anchor is drawn evenly per epoch. A function of (graph, seed, epoch).
//
// A link type's edges are gone through in a keyed order, as far as the epoch needs; an edge whose pair
// another edge stands for is passed over. So nothing is held but a place in that order per link type. The
// graph must outlive it. Not for several threads at once.
class LinkEpoch {
 public:
  // `pairs` as CountPairs gives them. Throws kRange for a link type or an epoch of 2^32 links or more.
  LinkEpoch(const Graph& graph, std::span<const uint64_t> pairs, const EpochOptions& options);
  ~LinkEpoch();
  LinkEpoch(LinkEpoch&&) noexcept;

  uint64_t size() const { return size_; }
  const std::vector<EpochLinks::Type>& types() const { return types_; }
  // Adds the next `count` links, fewer at the end, to `out`.
  void Next(uint64_t count, EpochLinks& out);

 private:
  class Source;
  EpochOptions options_;
  std::vector<EpochLinks::Type> types_;
  std::vector<Source> sources_;  // per link type
  Permutation order_;            // of places in the epoch, which says whose turn it is
  uint64_t size_ = 0, at_ = 0;
};

// All links of an epoch that was not begun, or of a graph's.
EpochLinks WholeEpoch(LinkEpoch& epoch);
EpochLinks BalancedEpoch(const Graph& graph, const EpochOptions& options);

}  // namespace cohear
