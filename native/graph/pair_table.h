// Where the pairs of one row are added up: a cell per item that the row has met. Two tables of one shape:
//   DenseTable  a cell for every item of the catalogue. An update is one access, and 8-byte cells stay in the
//               second-level cache for catalogues of some 100,000 items.
//   HashTable   cells for the items that this row can meet, by open addressing. A wide catalogue's dense
//               table is out of every cache and each update waits for memory, while most of its rows meet so
//               few items that their cells fit the first or second level.
// Both beat sorting the pairs: a row's pairs hit few distinct items many times.
#pragma once
#include <bit>
#include <limits>
#include <vector>

#include "graph/visits.h"

namespace cohear {

// What is known of one pair; a count of 0 is an empty cell.
template <class Clock, bool kWeighted>
struct Cell {
  uint32_t count = 0;
  typename Clock::Value last = Clock::kNever;
  void Add(float) {}
  double strength() const { return count; }
};
template <class Clock>
struct Cell<Clock, true> {
  uint32_t count = 0;
  typename Clock::Value last = Clock::kNever;
  double sum = 0;  // of the products of weights, in order of users
  void Add(double product) { sum += product; }
  double strength() const { return sum; }
};

template <class C>
class DenseTable {
 public:
  explicit DenseTable(size_t items) : cells_(items) {}
  static size_t Bytes(size_t items) { return items * sizeof(C); }
  void Prepare(size_t) {}
  size_t Slot(Row item) const { return item; }
  C& operator[](size_t slot) { return cells_[slot]; }
  Row ItemOf(size_t slot) const { return static_cast<Row>(slot); }
  // Whoever is done with a slot empties it; when a row is done, all its slots are named once more.
  void Empty(size_t slot) { cells_[slot] = C{}; }
  void Clear(std::span<const uint32_t>) {}

 private:
  std::vector<C> cells_;
};

template <class C>
class HashTable {
 public:
  static size_t Capacity(size_t most) { return std::bit_ceil(2 * most + 2); }
  static size_t Bytes(size_t most) { return Capacity(most) * sizeof(Entry); }

  // For a row that meets at most so many items; every cell is empty before and after.
  void Prepare(size_t most) {
    const size_t capacity = Capacity(most);
    if (capacity > entries_.size()) entries_.assign(capacity, {});
    mask_ = capacity - 1;
    shift_ = 32 - std::countr_zero(capacity);
  }
  // The item's cell, taken for it if it had none: whoever gets an empty cell must count in it.
  size_t Slot(Row item) {
    size_t slot = (item * 2654435761u) >> shift_;  // Fibonacci hashing: the upper bits of the product
    while (entries_[slot].cell.count != 0 && entries_[slot].item != item) slot = (slot + 1) & mask_;
    entries_[slot].item = item;
    return slot;
  }
  C& operator[](size_t slot) { return entries_[slot].cell; }
  Row ItemOf(size_t slot) const { return entries_[slot].item; }
  // An empty cell would break the search for items that lie behind it: all at once, at the end.
  void Empty(size_t) {}
  void Clear(std::span<const uint32_t> slots) {
    for (const uint32_t slot : slots) entries_[slot].cell = C{};
  }

 private:
  struct Entry {
    Row item;
    C cell;
  };
  std::vector<Entry> entries_;
  size_t mask_ = 0;
  int shift_ = 0;
};

}  // namespace cohear
