// What neighbours are drawn from: a graph's lists as they are, or prepared once for drawing by weight or by
// time.
#pragma once
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/raw_vector.h"
#include "sampler/weighted.h"

namespace cohear {

// The neighbours of one relation, row by row as in the graph: node v's stand at offsets[v] .. offsets[v +
// 1]).
struct NeighborLists {
  std::span<const Offset> offsets;
  std::span<const Row> rows;  // ascending within a node; by time, then row, where `times` are there
  // Parallel to rows, or empty.
  std::span<const double> times;   // ascending within a node
  std::span<const float> weights;  // all positive: an edge of weight 0 is left out
  std::span<const RowSlot> alias;  // over a node's whole list; with weights
  std::span<const double> sums;    // running within a node; with weights and times
  std::span<const double> totals;  // of each node's weights; with weights and no times
};

struct SamplingIndexOptions {
  bool weighted = false;  // draw by score
  bool timed = false;     // draw by last time
  // Per node, when it came to be, or empty. An edge is as young as the youngest of itself and its source.
  std::span<const double> node_times;
};

// The graph must outlive it: lists that need no change stay where they are.
class SamplingIndex {
 public:
  // The graph's own lists.
  explicit SamplingIndex(const Graph& graph);
  // Throws kValue where scores or times are missing (a relation without times needs node times) or a score is
  // negative, kShape for a wrong number of node times.
  SamplingIndex(const Graph& graph, const SamplingIndexOptions& options);
  SamplingIndex(const SamplingIndex&) = delete;

  bool weighted() const { return weighted_; }
  bool timed() const { return timed_; }
  const Graph& graph() const { return graph_; }
  const std::vector<NeighborLists>& relations() const { return relations_; }
  size_t bytes() const;

 private:
  struct Store {
    RawVector<Offset> offsets;
    RawVector<Row> rows;
    RawVector<double> times, sums, totals;
    RawVector<float> weights;
    RawVector<RowSlot> alias;
  };
  void Prepare(const Relation& relation, std::span<const double> node_times, Store& store,
               NeighborLists& lists);

  const Graph& graph_;
  bool weighted_ = false, timed_ = false;
  std::vector<Store> stores_;
  std::vector<NeighborLists> relations_;
};

}  // namespace cohear
