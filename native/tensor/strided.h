// Copies between arrays laid out by strides: the one routine under transpose, slice, concat, tile, reverse
// and pad.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

// Steps are in elements; those of `from` may be 0 (the same element again) or negative.
struct StridedAxis {
  int64_t size, from, to;
};

// to[to_start + sum of i_a to_a] = from[from_start + sum of i_a from_a] for all i_a in [0, size_a).
// Elements are of 1 or 4 bytes. No element of `to` may be named twice. Throws ERR_SHAPE for what lies
// outside.
void CopyStrided(std::span<const std::byte> from, int64_t from_start, std::span<std::byte> to,
                 int64_t to_start, std::vector<StridedAxis> axes, size_t element_bytes);

struct PaddedAxis {
  int64_t size, before, after;
};

// `to`, row-major with sides before + size + after, is `from` with `value` (one element) around it.
void Pad(std::span<const std::byte> from, std::span<const std::byte> value, std::span<std::byte> to,
         const std::vector<PaddedAxis>& axes, size_t element_bytes);

}  // namespace cohear
