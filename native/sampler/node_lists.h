// The nodes of a batch, and the places that they have in it.
#pragma once
#include <memory>
#include <span>

#include "sampler/neighbor.h"

namespace cohear {

// Fills the nodes (and trees) of `out` as a batch grows. AddSeeds and EndHop add a row to counts.
class NodeLists {
 public:
  virtual ~NodeLists() = default;
  virtual void AddSeeds(std::span<const Row> seeds, Blocks& out) = 0;
  // A hop: its blocks have their sizes, then their indices are filled with catalogue rows, run by run, and
  // when the hop has ended they are positions. AddRun takes the runs of one source type in their order, those
  // of different types perhaps at once. Lists of nodes stay where they are from BeginHop on, known nodes what
  // they are.
  virtual void BeginHop(const std::vector<Block>& blocks, Blocks& out) = 0;
  virtual void AddRun(uint32_t source_type, std::span<Row> rows, Blocks& out) = 0;
  virtual void EndHop(std::vector<Block>& blocks, Blocks& out) = 0;
};

// A row has one place, whichever seed it was reached from. `expected`: roughly how many rows will turn up.
std::unique_ptr<NodeLists> MergedNodes(const Graph& graph, size_t expected);

// A tree per seed: a row has a place in each tree that reaches it.
std::unique_ptr<NodeLists> TreeNodes(const Graph& graph);

void CountNodes(Blocks& out);

}  // namespace cohear
