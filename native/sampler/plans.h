// What the destination nodes of a batch draw from: made once per node and relation, whatever hops it is in.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sampler/exclusions.h"
#include "sampler/neighbor.h"

namespace cohear {

// A node draws from its first `degree` neighbours, less the excluded ones.
struct Plan {
  Offset begin;  // in the relation's rows
  uint32_t degree;
  uint32_t excluded;

  uint32_t open() const { return degree - excluded; }
};

// The plans of one relation's destination nodes, in runs of kRun that threads make apart.
class Plans {
 public:
  static constexpr size_t kRun = 512;  // nodes

  // `lists` and `exclusions` must outlive it.
  Plans(const Graph& graph, const Relation& relation, const NeighborLists& lists,
        const Exclusions& exclusions, const SampleModes& modes);

  // Makes room for the first `nodes` of the destination type; those that it had keep their plans.
  void Resize(size_t nodes);
  // Makes those of a run's nodes [begin, end) that have none: catalogue rows, and trees where they are
  // disjoint.
  void Make(size_t begin, size_t end, std::span<const Row> nodes, std::span<const uint32_t> trees);
  // All that there is room for are made: Make will go on from there.
  void Done() { made_ = of_.size(); }

  const Plan& operator[](size_t i) const { return of_[i]; }
  // Of node i's whole list, what is too young included.
  uint32_t length(size_t i) const { return lengths_.empty() ? of_[i].degree : lengths_[i]; }
  // The positions that the plans of the run from `begin` on exclude, node by node.
  std::span<const uint32_t> barred(size_t begin) const { return barred_[begin / kRun]; }

 private:
  const NeighborLists& lists_;
  const Exclusions& exclusions_;
  const std::span<const double> before_;
  const Row first_;                       // of the destination type
  const Row source_first_, source_last_;  // rows of the source type
  const bool timed_, keep_lengths_;
  RawVector<Plan> of_;
  RawVector<uint32_t> lengths_;                // where they may differ from degrees and are asked for
  std::vector<std::vector<uint32_t>> barred_;  // per run
  size_t made_ = 0;
};

}  // namespace cohear
