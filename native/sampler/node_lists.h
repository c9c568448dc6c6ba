// The nodes of a batch, and the places that they have in it.
#pragma once
#include <memory>
#include <span>

#include "sampler/neighbor.h"

namespace cohear {

// Fills the nodes (and trees) of `out` as a batch grows. After each call counts have a new row.
class NodeLists {
 public:
  virtual ~NodeLists() = default;
  virtual void AddSeeds(std::span<const Row> seeds, Blocks& out) = 0;
  // Replaces the catalogue rows in the indices of the hop's blocks (one per relation) by positions.
  virtual void AddHop(std::vector<Block>& blocks, Blocks& out) = 0;
};

// A row has one place, whichever seed it was reached from. `expected`: roughly how many rows will turn up.
std::unique_ptr<NodeLists> MergedNodes(const Graph& graph, size_t expected);

// A tree per seed: a row has a place in each tree that reaches it.
std::unique_ptr<NodeLists> TreeNodes(const Graph& graph);

void CountNodes(Blocks& out);

}  // namespace cohear
