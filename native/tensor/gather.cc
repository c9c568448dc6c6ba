#include "tensor/gather.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/csr.h"
#include "core/error.h"
#include "core/pool.h"
#include "tensor/segment.h"

namespace cohear {
namespace {

constexpr size_t kGrainBytes = 1 << 17;
constexpr size_t kAhead = 4;  // rows fetched before they are copied

inline void Prefetch(const std::byte* row, size_t bytes) {
#if defined(__GNUC__)
  for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at);
#endif
}

}  // namespace

bool Gather(const GatherShape& shape, std::span<const std::byte> x, std::span<const int32_t> indices,
            std::span<std::byte> out) {
  const auto [outer, rows, bytes] = shape;
  const size_t count = indices.size();
  COHEAR_REQUIRE(x.size() == outer * rows * bytes && out.size() == outer * count * bytes, Code::kShape,
                 "gather: " << x.size() << " bytes into " << out.size() << " are not " << outer
                            << " matrices of " << rows << " rows of " << bytes << " bytes, " << count
                            << " rows picked from each");
  for (const int32_t index : indices)
    if (index < 0 || static_cast<size_t>(index) >= rows) return false;
  const auto row = [&](size_t i) {
    return x.data() + (i / count * rows + static_cast<size_t>(indices[i % count])) * bytes;
  };
  ParallelFor(outer * count, std::max<size_t>(1, kGrainBytes / std::max<size_t>(1, bytes)),
              [&](size_t begin, size_t end) {
                for (size_t i = begin; i < end; ++i) {
                  if (bytes >= 64 && i + kAhead < end) Prefetch(row(i + kAhead), bytes);
                  std::memcpy(out.data() + i * bytes, row(i), bytes);
                }
              });
  return true;
}

void SegmentSum(std::span<const float> x, size_t width, std::span<const int32_t> ids, size_t segments,
                std::span<float> out) {
  COHEAR_REQUIRE(x.size() == ids.size() * width && out.size() == segments * width, Code::kShape,
                 "segmentSum: " << x.size() << " numbers are not " << ids.size() << " rows of " << width);
  const auto inside = [&](int32_t id) { return id >= 0 && static_cast<size_t>(id) < segments; };
  std::vector<Offset> offsets(segments + 1);
  for (const int32_t id : ids)
    if (inside(id)) ++offsets[id + 1];
  for (size_t s = 0; s < segments; ++s) offsets[s + 1] += offsets[s];
  std::vector<Row> rows(offsets.back());
  std::vector<Offset> next(offsets.begin(), offsets.end() - 1);
  for (size_t i = 0; i < ids.size(); ++i)
    if (inside(ids[i])) rows[next[ids[i]]++] = static_cast<Row>(i);
  GatherAggregate({offsets, rows}, x, ids.size(), width, Aggregate::kSum, {}, out, {});
}

}  // namespace cohear
