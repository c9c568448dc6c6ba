// The undirected pairs {u, v} of a graph, each exactly once whether the graph holds one direction of it or
// both (a graph pruned per node need not be symmetric). Self-pairs are not pairs.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace cohear {

// The relation source -> destination, or null where the graph has none.
const Relation* FindRelation(const Graph& graph, uint32_t source_type, uint32_t destination_type);

// Whether `source` is a neighbour of `destination` in `relation` (which may be null).
bool HasEdge(const Graph& graph, const Relation* relation, Row source, Row destination);

// An unordered pair of types, low <= high, that has a relation in one direction or both.
struct LinkType {
  uint32_t low, high;
  const Relation* up;    // low -> high
  const Relation* down;  // high -> low; the same as `up` where low == high
};

// Sorted by (low, high).
std::vector<LinkType> LinkTypes(const Graph& graph);

// Pairs of one link type come in rows: first the nodes of the high type, each with its lower neighbours in
// `up`; then the nodes of the low type, each with those higher neighbours in `down` that `up` does not
// mirror.
struct PairRows {
  const Graph& graph;
  const LinkType& type;

  size_t up_rows() const { return type.up ? type.up->offsets.size() - 1 : 0; }
  size_t rows() const { return up_rows() + (type.down ? type.down->offsets.size() - 1 : 0); }

  // Calls visit(low row, high row) for each pair of `row`, in a fixed order.
  template <class Visit>
  void Each(size_t row, Visit&& visit) const {
    if (row < up_rows()) {
      const Row high = static_cast<Row>(graph.type_offsets[type.high] + row);
      for (const Row low : type.up->csr()[row]) {
        if (low < high) visit(low, high);
      }
      return;
    }
    const size_t own = row - up_rows();
    const Row low = static_cast<Row>(graph.type_offsets[type.low] + own);
    const auto neighbors = type.down->csr()[own];
    for (auto high = std::upper_bound(neighbors.begin(), neighbors.end(), low); high != neighbors.end();
         ++high) {
      if (!HasEdge(graph, type.up, low, *high)) visit(low, *high);
    }
  }
};

}  // namespace cohear
