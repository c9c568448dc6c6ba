// Pairs of nodes that must not see each other in message passing (the supervision edges of a batch): for each
// node, the neighbours it may not draw.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace cohear {

class Exclusions {
 public:
  Exclusions() = default;
  // Pair i is {a[i], b[i]}, left out in both directions. Pairs may repeat and need not be edges.
  Exclusions(std::span<const Row> a, std::span<const Row> b);

  // False for most nodes that have none: a filter, since nearly every node that is asked about has none.
  bool May(Row node) const {
    if (nodes_.empty()) return false;
    const size_t bit = Hash(node) & (64 * filter_.size() - 1);
    return filter_[bit / 64] >> (bit % 64) & 1;
  }

  // What `node` may not draw, ascending, of all types.
  std::span<const Row> Of(Row node) const;

  // Adds to `positions` the places in `neighbors` (rows from [first, last), ascending if `sorted`) that
  // `node` may not draw, ascending.
  void Positions(Row node, Row first, Row last, std::span<const Row> neighbors, bool sorted,
                 std::vector<uint32_t>& positions) const;

 private:
  static uint32_t Hash(Row node) { return static_cast<uint32_t>((node * 0x9E3779B97F4A7C15ull) >> 32); }

  std::vector<Row> nodes_;         // with any exclusion, ascending
  std::vector<uint32_t> offsets_;  // nodes_.size() + 1, into others_
  std::vector<Row> others_;        // ascending within a node
  std::vector<uint64_t> filter_;   // one bit per hash, 16 or more per node
  std::vector<uint32_t> table_;    // hash of a node to its index in nodes_ + 1; 0 is free
};

}  // namespace cohear
