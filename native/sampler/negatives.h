// Random negatives that are certain to be negatives.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "sampler/raw_vector.h"
#include "sampler/weighted.h"

namespace cohear {

// The items of each type in proportion to popularity^alpha, an item's popularity being its users where the
// graph holds them, else the edges that lead to it. Items of popularity 0 are left out.
class PopularityTables {
 public:
  // Throws kRange unless alpha is finite and 0 or more.
  PopularityTables(const Graph& graph, double alpha);

  struct Table {
    std::vector<Row> rows;  // ascending
    std::vector<float> weights;
    std::vector<AliasSlot> alias;
  };
  const Table& of_type(size_t type) const { return types_[type]; }

 private:
  std::vector<Table> types_;
};

struct NegativeOptions {
  uint32_t count = 1;  // negatives per pair
  uint64_t seed = 0;
  uint32_t step = 0;
  // Where candidates come from, each of the positive's type: all items alike, unless one of these is set.
  const PopularityTables* popularity = nullptr;  // of the same types: by popularity
  bool in_batch = false;                         // the batch's positives, as often as each is there
};

struct Negatives {
  RawVector<Row> rows;     // pairs x count, row-major
  uint64_t rejected = 0;   // draws thrown away
  uint64_t exhausted = 0;  // negatives that could not be exact, because the anchor has none
};

// For pair i, `count` independent draws from the candidates for the type of positives[i] that are neither
// anchors[i] nor positives[i], nor joined to anchors[i] by an edge of `graph` in either direction. A draw is
// repeated up to a fixed number of times, then made exactly among the candidates that qualify; where none
// does, among all items of the type that do. An anchor for which no item of the type qualifies gets an item
// of that type other than itself, unchecked (its positive where there is no other); these are counted. A draw
// depends on (seed, step, i, which of count) and the candidates alone. `graph` should be the unpruned graph.
// Throws kShape when the lengths differ, kRange for a row outside the graph, kValue for two sources of
// candidates.
Negatives SampleNegatives(const Graph& graph, std::span<const Row> anchors, std::span<const Row> positives,
                          const NegativeOptions& options);

}  // namespace cohear
