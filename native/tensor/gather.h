// Rows picked by index, and rows summed by the segment they belong to.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cohear {

struct GatherShape {
  size_t outer = 1;  // matrices one after the other, each gathered from by itself
  size_t rows = 0;   // of each
  size_t bytes = 0;  // of a row
};

// out[o][i] = x[o][indices[i]]. False, with nothing promised of out, when an index is not a row.
bool Gather(const GatherShape& shape, std::span<const std::byte> x, std::span<const int32_t> indices,
            std::span<std::byte> out);

// out[s] = sum of the rows i of x with ids[i] = s, in order of i. Ids outside [0, segments) are left out.
void SegmentSum(std::span<const float> x, size_t width, std::span<const int32_t> ids, size_t segments,
                std::span<float> out);

}  // namespace cohear
