#include "tensor/layout.h"

#include <algorithm>

#include "core/csr.h"
#include "core/error.h"
#include "core/pool.h"
#include "tensor/segment.h"

namespace cohear {
namespace {

constexpr size_t kTile = 32;
constexpr size_t kGrain = 1 << 15;

size_t RowsOfGrain(size_t width) { return std::max<size_t>(1, kGrain / std::max<size_t>(1, width)); }

}  // namespace

void Transpose(std::span<const float> x, size_t rows, size_t columns, std::span<float> out) {
  COHEAR_REQUIRE(x.size() == rows * columns && out.size() == x.size(), Code::kShape,
                 "transpose: " << x.size() << " numbers are not " << rows << " x " << columns);
  ParallelFor(columns, kTile, [&](size_t begin, size_t end) {
    for (size_t row = 0; row < rows; row += kTile) {
      const size_t last = std::min(rows, row + kTile);
      for (size_t c = begin; c < end; ++c)
        for (size_t r = row; r < last; ++r) out[c * rows + r] = x[r * columns + c];
    }
  });
}

bool GatherRows(std::span<const float> x, size_t rows, size_t width, std::span<const int32_t> indices,
                std::span<float> out) {
  COHEAR_REQUIRE(x.size() == rows * width && out.size() == indices.size() * width, Code::kShape,
                 "gather: " << x.size() << " numbers are not " << rows << " rows of " << width);
  for (const int32_t index : indices)
    if (index < 0 || static_cast<size_t>(index) >= rows) return false;
  ParallelFor(indices.size(), RowsOfGrain(width), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
#if defined(__GNUC__)
      if (i + 4 < end)
        for (size_t at = 0; at < width; at += 16) __builtin_prefetch(x.data() + indices[i + 4] * width + at);
#endif
      std::copy_n(x.data() + indices[i] * width, width, out.data() + i * width);
    }
  });
  return true;
}

void ConcatColumns(const std::vector<std::span<const float>>& parts, std::span<const uint32_t> widths,
                   size_t rows, std::span<float> out) {
  size_t width = 0;
  COHEAR_REQUIRE(parts.size() == widths.size(), Code::kShape,
                 "concat: " << parts.size() << " parts but " << widths.size() << " widths");
  for (size_t i = 0; i < parts.size(); ++i) {
    COHEAR_REQUIRE(parts[i].size() == rows * widths[i], Code::kShape,
                   "concat: part " << i << " has " << parts[i].size() << " numbers, want " << rows << " x "
                                   << widths[i]);
    width += widths[i];
  }
  COHEAR_REQUIRE(out.size() == rows * width, Code::kShape, "concat: out has " << out.size() << " numbers");
  ParallelFor(rows, RowsOfGrain(width), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      float* to = out.data() + row * width;
      for (size_t i = 0; i < parts.size(); ++i) {
        std::copy_n(parts[i].data() + row * widths[i], widths[i], to);
        to += widths[i];
      }
    }
  });
}

void CopyBlock(std::span<const float> x, size_t width, size_t row, size_t rows, size_t column, size_t columns,
               std::span<float> out) {
  COHEAR_REQUIRE(
      column + columns <= width && (row + rows) * width <= x.size() && out.size() == rows * columns,
      Code::kShape,
      "slice: rows " << row << " + " << rows << ", columns " << column << " + " << columns << " lie outside "
                     << x.size() << " numbers of width " << width);
  ParallelFor(rows, RowsOfGrain(columns), [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r)
      std::copy_n(x.data() + (row + r) * width + column, columns, out.data() + r * columns);
  });
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
