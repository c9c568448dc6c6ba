// Gather-aggregate over a CSR block: every target row reduces the source rows it points at, without the
// edges ever being materialised as rows. x is [sources, width] row-major, out [targets, width].
//   max   out[v] = max over e in row v of x[indices[e]], elementwise
//   mean  out[v] = sum / number of edges
//   sum   out[v] = sum over e of weight[e] x[indices[e]]   (weight 1 without weights)
// A row without edges gives zeros. NaN in x: sum and mean pass it on; max keeps the first edge's value until
// a greater one comes, and nothing is greater than NaN.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/csr.h"
#include "tensor/source_table.h"

namespace cohear {

enum class Aggregate { kMax = 0, kMean = 1, kSum = 2 };  // the binding's numbers

inline constexpr int32_t kNoEdge = -1;

// argmax, for kMax: per element of out the edge that gave it (ties: the first), kNoEdge in an empty row;
// may be empty when no gradient is wanted. weights: one per edge, or empty. add: the result is added to what
// out holds (and no argmax is kept).
void GatherAggregate(const CsrView& block, const SourceTable& x, size_t sources, size_t width, Aggregate mode,
                     std::span<const float> weights, std::span<float> out, std::span<int32_t> argmax,
                     bool add = false);
inline void GatherAggregate(const CsrView& block, std::span<const float> x, size_t sources, size_t width,
                            Aggregate mode, std::span<const float> weights, std::span<float> out,
                            std::span<int32_t> argmax, bool add = false) {
  GatherAggregate(block, SourceTable::Floats(x), sources, width, mode, weights, out, argmax, add);
}

// The same block seen from its sources: source row s is used by edges[offsets[s] .. offsets[s + 1]), in
// ascending order, each with the target row it belongs to.
struct TransposedBlock {
  std::vector<Offset> offsets;
  std::vector<uint32_t> edges;
  std::vector<Row> targets;
};
TransposedBlock TransposeBlock(const CsrView& block, size_t sources);

struct TransposedView {
  std::span<const Offset> offsets;
  std::span<const uint32_t> edges;
  std::span<const Row> targets;
};

// dx[s] = sum over uses of what the edge passed on of dy[target]: all of it times weight (sum), divided by
// the row's edges (mean), or only the elements whose argmax is this edge (max). Each source row gathers its
// own gradient in edge order, so it is the same at any number of threads. `uses` is the block's transpose
// where somebody has it; else it is made for the call.
void GatherAggregateBackward(const CsrView& block, std::span<const float> dy, size_t sources, size_t width,
                             Aggregate mode, std::span<const float> weights, std::span<const int32_t> argmax,
                             std::span<float> dx, const TransposedView& uses = {});

}  // namespace cohear
