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

// Ask for what HasEdge reads: where the neighbours of `destination` stand and, once that is there,
// themselves.
void PrefetchOffsets(const Graph& graph, const Relation* relation, Row destination);
void PrefetchNeighbors(const Graph& graph, const Relation* relation, Row destination);

// An unordered pair of types, low <= high, that has a relation in one direction or both.
struct LinkType {
  uint32_t low, high;
  const Relation* up;    // low -> high
  const Relation* down;  // high -> low; the same as `up` where low == high
};

// Sorted by (low, high).
std::vector<LinkType> LinkTypes(const Graph& graph);

// The pairs of one link type, in rows: first the nodes of the high type, each with its lower neighbours in
// `up`; then the nodes of the low type, each with those higher neighbours in `down` that `up` does not
// mirror.
class PairRows {
 public:
  PairRows(const Graph& graph, const LinkType& type);

  size_t rows() const { return up_rows_ + down_rows_; }

  // Calls visit(low row, high row) for each pair of `row`, in a fixed order.
  template <class Visit>
  void Each(size_t row, Visit&& visit) const {
    if (row < up_rows_) {
      const Row high = static_cast<Row>(first_high_ + row);
      for (const Row low : type_.up->csr()[row]) {
        if (low < high) visit(low, high);
      }
      return;
    }
    const size_t own = row - up_rows_;
    const Row low = static_cast<Row>(first_low_ + own);
    for (Offset e = type_.down->offsets[own]; e < type_.down->offsets[own + 1]; ++e) {
      const Row high = type_.down->indices[e];
      if (low < high && !(mirrored_[e / 64] >> (e % 64) & 1)) visit(low, high);
    }
  }

 private:
  void FindMirrored();

  LinkType type_;
  Row first_low_, first_high_;
  size_t up_rows_, down_rows_;
  std::vector<uint64_t> mirrored_;  // one bit per edge of `down`: its pair is in `up` too
};

}  // namespace cohear
