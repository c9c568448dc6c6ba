#include "retrieval/select.h"

namespace cohear {

void CheckSortedLists(const CsrView& lists, size_t lists_wanted, size_t columns, const char* name) {
  CheckCsr(lists, columns, name);
  COHEAR_REQUIRE(lists.rows() == lists_wanted, Code::kShape,
                 name << ": " << lists.rows() << " lists, want one for each of " << lists_wanted);
  for (size_t l = 0; l < lists.rows(); ++l) {
    const auto rows = lists[l];
    for (size_t i = 1; i < rows.size(); ++i) {
      COHEAR_REQUIRE(rows[i - 1] <= rows[i], Code::kValue,
                     name << ": list " << l << " has " << rows[i - 1] << " before " << rows[i]
                          << "; every list must be sorted");
    }
  }
}

}  // namespace cohear
