// The kernel of gather-aggregate, forward and backward: each row of `out` reduces rows of a table that its
// edges point at. Sums stay in registers from a row's first edge to its last, and what is written is written
// once.
#pragma once
#include <cstdint>

#include "core/csr.h"
#include "tensor/source_table.h"

namespace cohear {

enum class Reduce {
  kMax,
  kArgMax,       // max, and which edge gave it (the first of equals)
  kSum,          // mean too, by `mean`
  kWeightedSum,  // weights[e] times the row of edge e
  kSelected,     // the sum of the elements of `values` whose `chosen` is the edge's number
};

struct ReduceJob {
  const CsrView& edges;  // row v of out reduces rows edges.indices[e] of the table
  SourceTable table;
  size_t width;
  Reduce reduce;
  bool mean = false;                  // divide by the number of edges
  bool add = false;                   // to what `out` holds, instead of overwriting it
  bool stream = false;                // write past the caches: nobody reads `out` soon
  float* out = nullptr;               // [rows, width]
  const float* weights = nullptr;     // per edge, kWeightedSum
  int32_t* argmax = nullptr;          // [rows, width], kArgMax; -1 in rows without edges
  const int32_t* chosen = nullptr;    // as the table, kSelected
  const uint32_t* numbers = nullptr;  // of each edge, kSelected
};

// Rows [begin, end) of out; rows without edges are zeros. Elements are added in the order of edges. Max keeps
// the first edge's element until a greater one comes, and nothing is greater than NaN.
void ReduceRows(const ReduceJob& job, size_t begin, size_t end);

}  // namespace cohear
