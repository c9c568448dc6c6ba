// Random negatives that are certain to be negatives.
#pragma once
#include <cstdint>
#include <span>

#include "graph/graph.h"
#include "sampler/raw_vector.h"

namespace cohear {

struct NegativeOptions {
  uint32_t count = 1;  // negatives per pair
  uint64_t seed = 0;
  uint32_t step = 0;
};

struct Negatives {
  RawVector<Row> rows;     // pairs x count, row-major
  uint64_t rejected = 0;   // draws thrown away
  uint64_t exhausted = 0;  // negatives that could not be exact, because the anchor has none
};

// For pair i, `count` independent uniform draws from the items of the type of positives[i] that are neither
// anchors[i] nor positives[i], nor joined to anchors[i] by an edge of `graph` in either direction. A draw is
// repeated up to a fixed number of times, then made exactly among the items that qualify. An anchor for which
// no item qualifies gets an item of that type other than itself, unchecked (its positive where there is no
// other); these are counted. A draw depends on (seed, step, i, which of count) alone. `graph` should be the
// unpruned graph. Throws kShape when the lengths differ, kRange for a row outside the graph.
Negatives SampleNegatives(const Graph& graph, std::span<const Row> anchors, std::span<const Row> positives,
                          const NegativeOptions& options);

}  // namespace cohear
