// Gives catalogue rows of one type positions in the order they are first seen. Two layouts, the same result:
//   dense  one 32-bit slot per row of the type. Slots are never cleared between uses: a slot counts only if
//   it
//          is at least `base_`, and `base_` moves past everything a use has written (an epoch stamp that
//          shares its word with the position).
//   hash   open addressing, for a catalogue far larger than what is sampled from it.
// Not thread-safe: one map per type and call.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/csr.h"
#include "core/huge_pages.h"
#include "core/prefetch.h"
#include "sampler/raw_vector.h"

namespace cohear {

class IdMap {
 public:
  // `base` is where the stamps start; another value than 1 lets a test reach the point where they run out.
  explicit IdMap(uint32_t base = 1) : base_(base) {}

  // Up to this many rows the dense layout is taken whatever is expected (16 MiB).
  static constexpr size_t kDenseRows = size_t{1} << 22;

  // Begins a new use: rows [first, first + rows), about `expected` of them to be seen.
  void Reset(Row first, size_t rows, size_t expected) {
    if (dense_) base_ += used_;
    used_ = 0;
    first_ = first;
    dense_ = rows <= kDenseRows || rows / 16 <= expected;
    if (dense_) {
      // A use writes at most `rows` positions; start over before they could pass 2^32.
      if (base_ > std::numeric_limits<uint32_t>::max() - rows) {
        std::fill(slots_.begin(), slots_.end(), 0);
        base_ = 1;
      }
      if (slots_.size() < rows) {
        slots_.resize(rows, 0);
        UseHugePages(slots_.data(), rows * sizeof(uint32_t));
      }
    } else {
      size_t capacity = 1024;
      while (capacity < 2 * expected) capacity *= 2;
      entries_.assign(capacity, kEmpty);
    }
  }

  // Replaces every id by its position in `nodes`, appending ids not seen in this use before.
  void Relabel(std::span<Row> ids, RawVector<Row>& nodes) {
    const size_t before = nodes.size();
    // Room for the case that all are new, so that the loops need not check; the rest is never touched.
    nodes.resize(before + ids.size());
    const uint32_t after = dense_ ? RelabelDense(ids, nodes.data(), static_cast<uint32_t>(before))
                                  : RelabelHash(ids, nodes.data(), static_cast<uint32_t>(before));
    nodes.resize(after);
    used_ = after;
  }

  size_t bytes() const {
    return slots_.capacity() * sizeof(uint32_t) + entries_.capacity() * sizeof(uint64_t);
  }
  bool dense() const { return dense_; }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  static constexpr size_t kAhead = 40;

  uint32_t RelabelDense(std::span<Row> ids, Row* nodes, uint32_t count) {
    uint32_t* slots = slots_.data();
    const Row first = first_;
    const uint32_t base = base_;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i + kAhead < ids.size()) Prefetch(slots + (ids[i + kAhead] - first));
      const Row id = ids[i];
      const uint32_t slot = slots[id - first];
      // Without a branch, since whether an id is new cannot be predicted; by a mask, since compilers make a
      // branch of a choice.
      const uint32_t known = slot - base, fresh = slot < base;
      const uint32_t position = known ^ ((known ^ count) & (0 - fresh));
      nodes[count] = id;
      slots[id - first] = base + position;
      count += fresh;
      ids[i] = position;
    }
    return count;
  }

  uint32_t RelabelHash(std::span<Row> ids, Row* nodes, uint32_t count) {
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i + kAhead < ids.size()) Prefetch(&entries_[Home(ids[i + kAhead])]);
      if (2 * (size_t{count} + 1) > entries_.size()) Grow();
      const Row id = ids[i];
      size_t place = Home(id);
      while (entries_[place] != kEmpty && entries_[place] >> 32 != id)
        place = (place + 1) & (entries_.size() - 1);
      if (entries_[place] == kEmpty) {
        entries_[place] = uint64_t{id} << 32 | count;
        nodes[count++] = id;
      }
      ids[i] = static_cast<uint32_t>(entries_[place]);
    }
    return count;
  }

  size_t Home(Row id) const {
    return static_cast<size_t>((id * 0x9E3779B97F4A7C15ull) >> 32) & (entries_.size() - 1);
  }

  void Grow() {
    std::vector<uint64_t> old(entries_.size() * 2, kEmpty);
    old.swap(entries_);
    for (const uint64_t entry : old) {
      if (entry == kEmpty) continue;
      size_t place = Home(static_cast<Row>(entry >> 32));
      while (entries_[place] != kEmpty) place = (place + 1) & (entries_.size() - 1);
      entries_[place] = entry;
    }
  }

  Row first_ = 0;
  bool dense_ = true;
  uint32_t base_;
  uint32_t used_ = 0;
  std::vector<uint32_t> slots_;
  std::vector<uint64_t> entries_;
};

// Maps wait here between calls: a dense map costs a page fault per 4 KiB when it is new.
class IdMapStore {
 public:
  static std::unique_ptr<IdMap> Take() {
    auto& store = The();
    std::lock_guard lock(store.mutex_);
    if (store.maps_.empty()) return std::make_unique<IdMap>();
    auto map = std::move(store.maps_.back());
    store.maps_.pop_back();
    return map;
  }
  static void Give(std::unique_ptr<IdMap> map) {
    constexpr size_t kMaps = 8, kBytes = size_t{64} << 20;
    auto& store = The();
    if (map->bytes() > kBytes) return;
    std::lock_guard lock(store.mutex_);
    if (store.maps_.size() < kMaps) store.maps_.push_back(std::move(map));
  }

 private:
  static IdMapStore& The() {
    static IdMapStore* store = new IdMapStore;  // never destroyed: a worker may still run at exit
    return *store;
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<IdMap>> maps_;
};

}  // namespace cohear
