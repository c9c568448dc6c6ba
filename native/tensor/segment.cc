#include "tensor/segment.h"

#include <algorithm>
#include <cstdint>

#include "core/pool.h"
#include "core/simd.h"
#include "tensor/rows.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace cohear {
namespace {

constexpr size_t kRowsOfGrain = 64;
constexpr size_t kAhead = 4;  // edges whose source rows are fetched before they are needed

constexpr size_t kLine = 64;  // bytes that memory is fetched in

inline void Prefetch(const void* row, size_t bytes) {
#if defined(__GNUC__)
  for (size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(static_cast<const char*>(row) + i, 0, 3);
#endif
}

// Gradients of more than this are written past the caches: they would only push out what is still read, and a
// line that is not in the cache is fetched before it is written.
constexpr size_t kStreamed = size_t{32} << 20;

// to = from, past the caches where `to` allows it.
void StreamRow(float* to, const float* from, size_t width) {
  size_t i = 0;
#if defined(__SSE2__) && !defined(COHEAR_SANITIZE)
  if (reinterpret_cast<uintptr_t>(to) % 16 == 0 && width % 4 == 0) {
    for (; i < width; i += 4) _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
  }
#endif
  std::copy_n(from + i, width - i, to + i);
}

// What was streamed is in memory before another thread is told that it is done.
void EndStreaming() {
#if defined(__SSE2__) && !defined(COHEAR_SANITIZE)
  _mm_sfence();
#endif
}

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

struct Job {
  CsrView block;
  const SourceTable& x;
  size_t width;
  const float* weights;
  float* out;
  int32_t* argmax;
};

}  // namespace

COHEAR_SIMD void MaxRow(float* __restrict out, const float* __restrict x, size_t width) {
  for (size_t i = 0; i < width; ++i) out[i] = x[i] > out[i] ? x[i] : out[i];
}

COHEAR_SIMD void ArgMaxRow(float* __restrict out, int32_t* __restrict argmax, const float* __restrict x,
                           int32_t edge, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    const bool greater = x[i] > out[i];
    out[i] = greater ? x[i] : out[i];
    argmax[i] = greater ? edge : argmax[i];
  }
}

// out (+)= dy where argmax is this edge.
COHEAR_SIMD void SelectRow(float* __restrict out, const float* __restrict dy,
                           const int32_t* __restrict argmax, int32_t edge, bool add, size_t width) {
  if (add) {
    for (size_t i = 0; i < width; ++i) out[i] += argmax[i] == edge ? dy[i] : 0.0f;
  } else {
    for (size_t i = 0; i < width; ++i) out[i] = argmax[i] == edge ? dy[i] : 0.0f;
  }
}

namespace {

// buffer [width]: for rows that have to be decoded.
void AggregateRow(const Job& job, Aggregate mode, size_t row, float* buffer) {
  const size_t bytes = job.width * job.x.ElementBytes();
  const size_t begin = job.block.offsets[row], end = job.block.offsets[row + 1],
               edges = job.block.indices.size();
  float* out = job.out + row * job.width;
  int32_t* argmax = job.argmax ? job.argmax + row * job.width : nullptr;
  if (begin == end) {
    std::fill_n(out, job.width, 0.0f);
    if (argmax) std::fill_n(argmax, job.width, kNoEdge);
    return;
  }
  for (size_t e = begin; e < end; ++e) {
    if (e + kAhead < edges)
      Prefetch(static_cast<const char*>(job.x.values) + job.block.indices[e + kAhead] * bytes, bytes);
    const float* x = job.x.Row(job.block.indices[e], job.width, buffer);
    if (mode == Aggregate::kMax) {
      if (e == begin) {
        std::copy_n(x, job.width, out);
        if (argmax) std::fill_n(argmax, job.width, static_cast<int32_t>(e));
      } else if (argmax) {
        ArgMaxRow(out, argmax, x, static_cast<int32_t>(e), job.width);
      } else {
        MaxRow(out, x, job.width);
      }
    } else {
      if (e == begin) std::fill_n(out, job.width, 0.0f);
      if (job.weights) {
        AddScaled(out, x, job.weights[e], job.width);
      } else {
        AddInto(out, x, job.width);
      }
    }
  }
  if (mode == Aggregate::kMean && end - begin > 1)
    Scale(out, 1.0f / static_cast<float>(end - begin), job.width);
}

}  // namespace

void GatherAggregate(const CsrView& block, const SourceTable& x, size_t sources, size_t width, Aggregate mode,
                     std::span<const float> weights, std::span<float> out, std::span<int32_t> argmax) {
  CheckBlock(block, sources, width, x.size, out.size(), weights.size(), argmax.size());
  COHEAR_REQUIRE(
      x.element != Element::kInt8 || x.scales.size() == sources, Code::kShape,
      "gatherAggregate: " << x.scales.size() << " scales, want one per source row (" << sources << ")");
  COHEAR_REQUIRE(weights.empty() || mode == Aggregate::kSum, Code::kValue,
                 "gatherAggregate: weights go with the sum only");
  if (width == 0) return;
  const Job job{block,      x,
                width,      weights.empty() ? nullptr : weights.data(),
                out.data(), argmax.empty() || mode != Aggregate::kMax ? nullptr : argmax.data()};
  ParallelFor(block.rows(), kRowsOfGrain, [&](size_t begin, size_t end) {
    std::vector<float> buffer(x.element == Element::kFloat32 ? 0 : width);
    for (size_t row = begin; row < end; ++row) AggregateRow(job, mode, row, buffer.data());
  });
}

TransposedBlock TransposeBlock(const CsrView& block, size_t sources) {
  TransposedBlock result;
  result.offsets.assign(sources + 1, 0);
  for (const Row source : block.indices) ++result.offsets[source + 1];
  for (size_t s = 0; s < sources; ++s) result.offsets[s + 1] += result.offsets[s];
  result.uses.resize(block.indices.size());
  std::vector<uint32_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (size_t row = 0; row < block.rows(); ++row) {
    for (size_t e = block.offsets[row]; e < block.offsets[row + 1]; ++e)
      result.uses[next[block.indices[e]]++] = {static_cast<uint32_t>(e), static_cast<uint32_t>(row)};
  }
  return result;
}

void GatherAggregateBackward(const CsrView& block, std::span<const float> dy, size_t sources, size_t width,
                             Aggregate mode, std::span<const float> weights, std::span<const int32_t> argmax,
                             std::span<float> dx) {
  CheckBlock(block, sources, width, dx.size(), dy.size(), weights.size(), argmax.size());
  COHEAR_REQUIRE(mode != Aggregate::kMax || argmax.size() == dy.size(), Code::kShape,
                 "gatherAggregate gradient: max needs the argmax of its forward pass");
  if (width == 0) return;
  const TransposedBlock uses = TransposeBlock(block, sources);
  // What an edge passes on of its target's gradient.
  const auto share = [&](const TransposedBlock::Use& use) {
    if (mode == Aggregate::kMean)
      return 1.0f / static_cast<float>(block.offsets[use.target + 1] - block.offsets[use.target]);
    return weights.empty() ? 1.0f : weights[use.edge];
  };
  const bool streamed = dx.size_bytes() > kStreamed;
  ParallelFor(sources, kRowsOfGrain, [&](size_t first, size_t last) {
    const std::vector<float> zeros(streamed ? width : 0);
    std::vector<float> buffer(zeros);
    for (size_t s = first; s < last; ++s) {
      float* const row = dx.data() + s * width;
      float* const out = streamed ? buffer.data() : row;
      const size_t begin = uses.offsets[s], end = uses.offsets[s + 1];
      if (begin == end && !streamed) std::fill_n(out, width, 0.0f);
      for (size_t i = begin; i < end; ++i) {
        if (i + kAhead < uses.uses.size())
          Prefetch(dy.data() + size_t{uses.uses[i + kAhead].target} * width, width * sizeof(float));
        const TransposedBlock::Use use = uses.uses[i];
        const size_t from = size_t{use.target} * width;
        if (mode == Aggregate::kMax) {
          SelectRow(out, dy.data() + from, argmax.data() + from, static_cast<int32_t>(use.edge), i > begin,
                    width);
        } else if (i == begin) {
          ScaleInto(out, dy.data() + from, share(use), width);
        } else {
          AddScaled(out, dy.data() + from, share(use), width);
        }
      }
      if (streamed) StreamRow(row, begin == end ? zeros.data() : out, width);
    }
    if (streamed) EndStreaming();
  });
}

}  // namespace cohear
