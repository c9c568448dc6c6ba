#include "core/csr.h"

namespace cohear {

void CheckOffsets(const CsrView& csr, const char* name) {
  const auto& offsets = csr.offsets;
  COHEAR_REQUIRE(
      !offsets.empty(), Code::kShape,
      name << ": offsets are empty; want one offset per row and one more (a graph of 0 rows has [0])");
  COHEAR_REQUIRE(offsets[0] == 0, Code::kValue, name << ": offsets[0] is " << offsets[0] << ", want 0");
  for (size_t row = 1; row < offsets.size(); ++row) {
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
  for (size_t i = 0; i < csr.indices.size(); ++i) {
    COHEAR_REQUIRE(csr.indices[i] < columns, Code::kRange,
                   name << ": indices[" << i << "] is " << csr.indices[i] << ", want below " << columns);
  }
}

}  // namespace cohear
