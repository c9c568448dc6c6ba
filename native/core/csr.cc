#include "core/csr.h"

#include "core/simd.h"

namespace cohear {
namespace {

// Arrays are nearly always right, so they are first gone through without a branch; what is wrong is looked
// for only where something is.
COHEAR_SIMD bool EverFalls(const Offset* offsets, size_t count) {
  uint64_t falls = 0;
  for (size_t i = 1; i < count; ++i) falls |= uint64_t{offsets[i] < offsets[i - 1]};
  return falls != 0;
}

COHEAR_SIMD uint32_t Greatest(const uint32_t* indices, size_t count) {
  uint32_t greatest = 0;
  for (size_t i = 0; i < count; ++i) greatest = greatest < indices[i] ? indices[i] : greatest;
  return greatest;
}

}  // namespace

bool AllBelow(std::span<const uint32_t> indices, size_t columns) {
  return indices.empty() || Greatest(indices.data(), indices.size()) < columns;
}

void CheckOffsets(const CsrView& csr, const char* name) {
  const auto& offsets = csr.offsets;
  COHEAR_REQUIRE(
      !offsets.empty(), Code::kShape,
      name << ": offsets are empty; want one offset per row and one more (a graph of 0 rows has [0])");
  COHEAR_REQUIRE(offsets[0] == 0, Code::kValue, name << ": offsets[0] is " << offsets[0] << ", want 0");
  const size_t unchecked = EverFalls(offsets.data(), offsets.size()) ? offsets.size() : 0;
  for (size_t row = 1; row < unchecked; ++row) {
    COHEAR_REQUIRE(offsets[row] >= offsets[row - 1], Code::kValue,
                   name << ": offsets fall from " << offsets[row - 1] << " to " << offsets[row] << " at row "
                        << row - 1 << "; they must never fall");
  }
  COHEAR_REQUIRE(offsets.back() == csr.indices.size(), Code::kShape,
                 name << ": the last offset is " << offsets.back() << " but there are " << csr.indices.size()
                      << " indices; both must be the number of edges");
}

void CheckCsr(const CsrView& csr, size_t columns, const char* name) {
  CheckOffsets(csr, name);
  if (AllBelow(csr.indices, columns)) return;
  for (size_t i = 0; i < csr.indices.size(); ++i) {
    COHEAR_REQUIRE(csr.indices[i] < columns, Code::kRange,
                   name << ": indices[" << i << "] is " << csr.indices[i] << ", want below " << columns);
  }
}

}  // namespace cohear
