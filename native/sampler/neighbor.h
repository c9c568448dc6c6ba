// Neighbour sampling: from seed nodes, hop by hop, a choice of each node's neighbours in every relation, as
// the message-flow blocks that a layered graph network reads. A graph of one type is the same with one
// relation.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/raw_vector.h"
#include "sampler/sampling_index.h"

namespace cohear {

// How neighbours are chosen: uniformly and each at most once unless said.
struct SampleModes {
  // Of the same graph: draws by weight where it is weighted, from what is older than `before` where it is
  // timed.
  const SamplingIndex* index = nullptr;
  bool replace = false;  // draw each neighbour independently; a fan-out of -1 still takes each once
  // A tree per seed, which shares no node with another and has draws of its own; else seeds share their
  // nodes.
  bool disjoint = false;
  // With a timed index: edges and nodes at or after this time are not there. One for all or, where trees are
  // disjoint, one per seed.
  std::span<const double> before = {};
  bool recent =
      false;  // with a timed index: the latest neighbours instead of a draw, in ascending order of time
};

struct SampleOptions {
  // fanouts[hop][relation]: neighbours drawn per node, -1 for all. A hop may hold one number, for every
  // relation.
  std::vector<std::vector<int32_t>> fanouts;
  uint64_t seed = 0;
  uint32_t step = 0;
  // Undirected pairs left out of message passing in this call: {exclude_a[i], exclude_b[i]}.
  std::span<const Row> exclude_a = {}, exclude_b = {};
  SampleModes modes = {};
};

// The sampled edges of one hop and relation (source type s -> destination type d): destination node v (a
// position in type d's list) receives from positions indices[offsets[v] .. offsets[v + 1]) of type s's list.
struct Block {
  RawVector<Offset> offsets;  // counts[hop][d] + 1
  RawVector<Row> indices;     // each below counts[hop + 1][s]
};

struct Blocks {
  // Per type: catalogue rows, unique, in order of first appearance; the first counts[hop][type] are those
  // known after `hop` hops, and counts[0] are the seeds.
  std::vector<RawVector<Row>> nodes;
  std::vector<std::vector<uint32_t>> counts;  // hops + 1, types
  std::vector<std::vector<Block>> blocks;     // hops, relations
  // Per requested seed: its position in the concatenation over types of the first counts[0][type] nodes.
  std::vector<uint32_t> seed_positions;
  // Per type, parallel to nodes: which seed's tree a node is of. Empty unless the trees are disjoint, and
  // then a row may be there once per tree.
  std::vector<RawVector<uint32_t>> trees = {};

  size_t edges() const;
};

// Seeds are catalogue rows of any types; repeats share a node. A block covers all nodes known at its hop,
// each drawn anew: of a node's neighbours less the excluded ones, min(fan-out, how many) without replacement.
// A draw depends on (seed, step, hop, relation, node) alone, and on the seed's number where trees are
// disjoint, so threads do not matter to which neighbours a node gets. Within a node neighbours stand in the
// order of drawing; by catalogue row (with a timed index by time) where all are taken. Throws kRange for a
// row outside the graph or a fan-out below -1, kShape for a wrong number of fan-outs, times or no hop, kValue
// for options that contradict each other.
Blocks SampleBlocks(const Graph& graph, std::span<const Row> seeds, const SampleOptions& options);

// Type of a catalogue row (below graph.nodes()).
uint32_t TypeOf(const Graph& graph, Row row);

}  // namespace cohear
