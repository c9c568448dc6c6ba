// Compressed sparse rows: the neighbours of row r are indices[offsets[r] .. offsets[r + 1]).
// Views only: whoever made the arrays owns them.
#pragma once
#include <cstdint>
#include <span>

#include "core/error.h"

namespace cohear {

using Row = uint32_t;     // a node, an item, a user
using Offset = uint64_t;  // a position among edges or events

struct CsrView {
  std::span<const Offset> offsets;  // rows + 1
  std::span<const Row> indices;     // offsets.back()

  size_t rows() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::span<const Row> operator[](size_t row) const {
    return indices.subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

// Throws unless offsets start at 0, never fall and end at the number of indices. `name` is how the caller
// knows the array.
void CheckOffsets(const CsrView& csr, const char* name);

// The same, and every index is below `columns`.
void CheckCsr(const CsrView& csr, size_t columns, const char* name);

// Whether every index is below `columns`.
bool AllBelow(std::span<const uint32_t> indices, size_t columns);

}  // namespace cohear
