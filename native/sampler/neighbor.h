// Hetero neighbour sampling: from seed nodes, hop by hop, a uniform choice of each node's neighbours in every
// relation, as the message-flow blocks that a layered graph network reads.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/raw_vector.h"

namespace cohear {

struct SampleOptions {
  // fanouts[hop][relation]: neighbours drawn per node, -1 for all. A hop may hold one number, for every
  // relation.
  std::vector<std::vector<int32_t>> fanouts;
  uint64_t seed = 0;
  uint32_t step = 0;
  // Undirected pairs left out of message passing in this call: {exclude_a[i], exclude_b[i]}.
  std::span<const Row> exclude_a, exclude_b;
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

  size_t edges() const;
};

// Seeds are catalogue rows of any types; repeats share a node. A block covers all nodes known at its hop,
// each drawn anew: of a node's neighbours less the excluded ones, min(fan-out, how many) without replacement,
// uniformly. A draw depends on (seed, step, hop, relation, node) alone, so threads and the order of seeds do
// not matter to which neighbours a node gets. Within a node neighbours stand in the order of drawing;
// ascending by catalogue row where all are taken. Throws kRange for a row outside the graph or a fan-out
// below -1, kShape for a wrong number of fan-outs or no hop.
Blocks SampleBlocks(const Graph& graph, std::span<const Row> seeds, const SampleOptions& options);

// Type of a catalogue row (below graph.nodes()).
uint32_t TypeOf(const Graph& graph, Row row);

}  // namespace cohear
