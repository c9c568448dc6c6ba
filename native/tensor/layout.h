// Operations that move rows and add nothing, and the sum by segment.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

// out[c][r] = x[r][c]
void Transpose(std::span<const float> x, size_t rows, size_t columns, std::span<float> out);

// out[i] = x[indices[i]], rows of `width`. False, with nothing promised of out, when an index is not a row of
// x.
bool GatherRows(std::span<const float> x, size_t rows, size_t width, std::span<const int32_t> indices,
                std::span<float> out);

// Matrices side by side: out[r] = parts[0][r], parts[1][r], ...; part i has widths[i] columns.
void ConcatColumns(const std::vector<std::span<const float>>& parts, std::span<const uint32_t> widths,
                   size_t rows, std::span<float> out);

// out[r] = x[row + r][column .. column + columns), x of `width` columns.
void CopyBlock(std::span<const float> x, size_t width, size_t row, size_t rows, size_t column, size_t columns,
               std::span<float> out);

// out[s] = sum of the rows i of x with ids[i] = s, in order of i. Ids outside [0, segments) are left out.
void SegmentSum(std::span<const float> x, size_t width, std::span<const int32_t> ids, size_t segments,
                std::span<float> out);

}  // namespace cohear
