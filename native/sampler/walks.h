// Importance neighbours by random walks: the nodes that short walks from a seed visit most often, with how
// often. Ying et al., "Graph convolutional neural networks for web-scale recommender systems" (PinSage), KDD
// 2018.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/neighbor.h"
#include "sampler/raw_vector.h"

namespace cohear {

struct WalkOptions {
  uint32_t walks = 100;  // per seed
  uint32_t length = 8;   // steps of a walk at most
  double restart = 0.3;  // chance to end a walk after each step
  uint32_t top = 20;     // nodes kept per seed and type; 0 for all
  uint64_t seed = 0;
  uint32_t step = 0;
  const SamplingIndex* index = nullptr;  // as SampleModes: steps by weight, or among what is older
  std::span<const double> before = {};   // with a timed index: one time for all, or one per seed
};

// Per type a row per seed: nodes[offsets[i] .. offsets[i + 1]) with their visits, most visited first, then by
// row.
struct VisitedNodes {
  RawVector<Offset> offsets;
  RawVector<Row> nodes;
  RawVector<uint32_t> visits;
};

// A step goes from a node to one of its neighbours of all relations alike, or in proportion to the edges'
// weights; a walk ends where there is none. The visits of a node tend to walks x sum over s >= 1 of (1 -
// restart)^(s - 1) times the chance to be there after s steps: its personalised PageRank, cut at `length`.
// The seed's own visits do not count. A draw depends on (seed, step, seed node, walk, step of the walk)
// alone. Throws kRange, kShape.
std::vector<VisitedNodes> ImportanceNeighbors(const Graph& graph, std::span<const Row> seeds,
                                              const WalkOptions& options);

}  // namespace cohear
