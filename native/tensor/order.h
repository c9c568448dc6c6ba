// Where the greatest of each row lie.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cohear {

// out[r] = the first column of row r with its greatest number (least: its least). NaN is never better.
void ArgBestRows(std::span<const float> x, size_t columns, bool least, std::span<int32_t> out);

// The k greatest of each row, falling, equal ones by column; k <= columns. NaN counts as less than any
// number.
void TopKRows(std::span<const float> x, size_t columns, size_t k, std::span<float> values,
              std::span<int32_t> indices);

}  // namespace cohear
