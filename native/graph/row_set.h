// Rows in ascending order without sorting: a bit per row, a bit per 64 of those, and a bit per 64 of these,
// so that reading a few rows out of a catalogue of millions passes over empty stretches 262,144 rows at a
// time.
#pragma once
#include <bit>
#include <vector>

#include "core/csr.h"

namespace cohear {

class RowSet {
 public:
  explicit RowSet(size_t rows)
      : rows_((rows + 63) / 64), words_((rows_.size() + 63) / 64), top_((words_.size() + 63) / 64) {}

  void Insert(Row row) {
    rows_[row >> 6] |= uint64_t{1} << (row & 63);
    words_[row >> 12] |= uint64_t{1} << ((row >> 6) & 63);
    top_[row >> 18] |= uint64_t{1} << ((row >> 12) & 63);
  }

  // Calls body(row) for every row, ascending, and leaves the set empty.
  template <class Body>
  void Drain(Body&& body) {
    for (size_t t = 0; t < top_.size(); ++t) {
      EachBit(top_[t], t, [&](size_t s) {
        EachBit(words_[s], s,
                [&](size_t w) { EachBit(rows_[w], w, [&](size_t row) { body(static_cast<Row>(row)); }); });
      });
    }
  }

 private:
  // Calls body(64 at + bit) for every bit of the word, ascending, and leaves it 0.
  template <class Body>
  static void EachBit(uint64_t& word, size_t at, Body&& body) {
    for (uint64_t bits = word; bits; bits &= bits - 1)
      body(at * 64 + static_cast<size_t>(std::countr_zero(bits)));
    word = 0;
  }

  std::vector<uint64_t> rows_, words_, top_;
};

}  // namespace cohear
