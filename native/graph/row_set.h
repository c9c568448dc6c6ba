// Rows in ascending order without sorting: a bit per row, and a bit per 64 of those, so that reading a sparse
// set out of a large catalogue passes over empty stretches 4,096 rows at a time.
#pragma once
#include <bit>
#include <vector>

#include "core/csr.h"

namespace cohear {

class RowSet {
 public:
  explicit RowSet(size_t rows) : words_((rows + 63) / 64), summary_((words_.size() + 63) / 64) {}

  void Insert(Row row) {
    words_[row >> 6] |= uint64_t{1} << (row & 63);
    summary_[row >> 12] |= uint64_t{1} << ((row >> 6) & 63);
  }

  // Calls body(row) for every row, ascending, and leaves the set empty.
  template <class Body>
  void Drain(Body&& body) {
    for (size_t s = 0; s < summary_.size(); ++s) {
      for (uint64_t words = summary_[s]; words; words &= words - 1) {
        const size_t w = s * 64 + static_cast<size_t>(std::countr_zero(words));
        for (uint64_t rows = words_[w]; rows; rows &= rows - 1) {
          body(static_cast<Row>(w * 64 + static_cast<size_t>(std::countr_zero(rows))));
        }
        words_[w] = 0;
      }
      summary_[s] = 0;
    }
  }

 private:
  std::vector<uint64_t> words_, summary_;
};

}  // namespace cohear
