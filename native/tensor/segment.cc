#include "tensor/segment.h"

#include "core/by_source.h"
#include "core/pool.h"
#include "tensor/reduce_rows.h"

namespace cohear {
namespace {

constexpr size_t kRowsOfGrain = 64;
constexpr size_t kEdgesOfGrain = 8192;
// Gradients of more than this are written past the caches: they would only push out what is still read, and a
// line that is not in the cache is fetched before it is written.
constexpr size_t kStreamed = size_t{32} << 20;

void CheckBlock(const CsrView& block, size_t sources, size_t width, size_t x, size_t out, size_t weights,
                size_t argmax) {
  CheckCsr(block, sources, "block");
  COHEAR_REQUIRE(block.indices.size() <= INT32_MAX, Code::kRange,
                 "block: " << block.indices.size() << " edges, want at most 2^31 - 1; use a smaller batch");
  COHEAR_REQUIRE(x == sources * width, Code::kShape,
                 "gatherAggregate: " << x << " source numbers, want " << sources << " x " << width);
  COHEAR_REQUIRE(out == block.rows() * width, Code::kShape,
                 "gatherAggregate: " << out << " target numbers, want " << block.rows() << " x " << width);
  COHEAR_REQUIRE(weights == 0 || weights == block.indices.size(), Code::kShape,
                 "gatherAggregate: " << weights << " weights for " << block.indices.size() << " edges");
  COHEAR_REQUIRE(argmax == 0 || argmax == out, Code::kShape,
                 "gatherAggregate: argmax has " << argmax << " numbers, want " << out);
}

// Enough for nothing to be read out of bounds; that it belongs to this block is the caller's word.
void CheckTransposed(const TransposedView& uses, const CsrView& block, size_t sources) {
  CheckCsr({uses.offsets, uses.targets}, block.rows(), "transposed");
  const size_t edges = block.indices.size();
  COHEAR_REQUIRE(
      uses.offsets.size() == sources + 1 && uses.targets.size() == edges && uses.edges.size() == edges,
      Code::kShape,
      "transposed: " << uses.offsets.size() - 1 << " rows and " << uses.edges.size() << " edges, want "
                     << sources << " and " << edges << ", those of the block");
  if (AllBelow(uses.edges, edges)) return;
  for (const uint32_t edge : uses.edges)
    COHEAR_REQUIRE(edge < edges, Code::kRange, "transposed: edge " << edge << " of " << edges);
}

}  // namespace

void GatherAggregate(const CsrView& block, const SourceTable& x, size_t sources, size_t width, Aggregate mode,
                     std::span<const float> weights, std::span<float> out, std::span<int32_t> argmax,
                     bool add) {
  CheckBlock(block, sources, width, x.size, out.size(), weights.size(), argmax.size());
  COHEAR_REQUIRE(
      x.element != Element::kInt8 || x.scales.size() == sources, Code::kShape,
      "gatherAggregate: " << x.scales.size() << " scales, want one per source row (" << sources << ")");
  COHEAR_REQUIRE(weights.empty() || mode == Aggregate::kSum, Code::kValue,
                 "gatherAggregate: weights go with the sum only");
  COHEAR_REQUIRE(!add || argmax.empty(), Code::kValue,
                 "gatherAggregate: no argmax of a result that is added");
  if (width == 0) return;
  ReduceJob job{block, x, width, Reduce::kMax};
  if (mode != Aggregate::kMax) {
    job.reduce = weights.empty() ? Reduce::kSum : Reduce::kWeightedSum;
    job.mean = mode == Aggregate::kMean;
  } else if (!argmax.empty()) {
    job.reduce = Reduce::kArgMax;
  }
  job.add = add;
  job.out = out.data();
  job.weights = weights.data();
  job.argmax = argmax.data();
  ParallelFor(block.rows(), kRowsOfGrain, [&](size_t begin, size_t end) { ReduceRows(job, begin, end); });
}

TransposedBlock TransposeBlock(const CsrView& block, size_t sources) {
  TransposedBlock result;
  result.edges.resize(block.indices.size());
  result.targets.resize(block.indices.size());
  result.offsets = BySource(block, 0, sources, [&](Offset e, size_t row, Offset at) {
    result.edges[at] = static_cast<uint32_t>(e);
    result.targets[at] = static_cast<Row>(row);
  });
  return result;
}

void GatherAggregateBackward(const CsrView& block, std::span<const float> dy, size_t sources, size_t width,
                             Aggregate mode, std::span<const float> weights, std::span<const int32_t> argmax,
                             std::span<float> dx, const TransposedView& given) {
  CheckBlock(block, sources, width, dx.size(), dy.size(), weights.size(), argmax.size());
  COHEAR_REQUIRE(mode != Aggregate::kMax || argmax.size() == dy.size(), Code::kShape,
                 "gatherAggregate gradient: max needs the argmax of its forward pass");
  if (!given.offsets.empty()) CheckTransposed(given, block, sources);
  if (width == 0) return;
  TransposedBlock made;
  if (given.offsets.empty()) made = TransposeBlock(block, sources);
  const TransposedView uses =
      given.offsets.empty() ? TransposedView{made.offsets, made.edges, made.targets} : given;
  // What an edge passes on of its target's gradient.
  std::vector<float> shares;
  if (mode == Aggregate::kMean || !weights.empty()) {
    shares.resize(uses.edges.size());
    ParallelFor(shares.size(), kEdgesOfGrain, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const Row target = uses.targets[i];
        shares[i] = mode == Aggregate::kMean
                        ? 1.0f / static_cast<float>(block.offsets[target + 1] - block.offsets[target])
                        : weights[uses.edges[i]];
      }
    });
  }
  const CsrView transposed{uses.offsets, uses.targets};
  ReduceJob job{transposed, SourceTable::Floats(dy), width, Reduce::kSum};
  if (mode == Aggregate::kMax) {
    job.reduce = Reduce::kSelected;
  } else if (!shares.empty()) {
    job.reduce = Reduce::kWeightedSum;
  }
  job.stream = dx.size_bytes() > kStreamed;
  job.out = dx.data();
  job.weights = shares.data();
  job.chosen = argmax.data();
  job.numbers = uses.edges.data();
  ParallelFor(sources, kRowsOfGrain, [&](size_t begin, size_t end) { ReduceRows(job, begin, end); });
}

}  // namespace cohear
