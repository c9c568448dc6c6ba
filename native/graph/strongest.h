// The k strongest of a stream of edges.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cohear {

// A higher score wins, then a lower id. Scores are never negative, so their bits order as they do: one
// integer holds a score and its id, and one comparison turns most offers away.
class Strongest {
 public:
  explicit Strongest(size_t k) : k_(k), keys_(k ? std::max<size_t>(4 * k, 64) : 64) {}  // 0 = all

  // Whether the edge may be among the k. One that was taken and has to give way later is named by drop(id).
  template <class Drop>
  bool Offer(uint32_t id, float score, Drop&& drop) {
    const uint64_t key = uint64_t{std::bit_cast<uint32_t>(score)} << 32 | (UINT32_MAX - id);
    const bool taken = key >= least_;
    keys_[size_] = key;  // written always, kept if taken: no branch to miss
    size_ += taken;
    if (size_ == keys_.size()) Cut(drop);
    return taken;
  }

  // The ids of the k, in no order; valid until the next offer, which begins anew.
  template <class Drop>
  std::span<const uint32_t> Finish(Drop&& drop) {
    if (k_ > 0 && size_ > k_) Cut(drop);
    ids_.resize(size_);
    for (size_t i = 0; i < size_; ++i) ids_[i] = IdOf(keys_[i]);
    size_ = 0;
    least_ = 0;
    return ids_;
  }

 private:
  static uint32_t IdOf(uint64_t key) { return UINT32_MAX - static_cast<uint32_t>(key); }

  template <class Drop>
  void Cut(Drop&& drop) {
    if (k_ == 0) return keys_.resize(2 * keys_.size());
    const auto last = keys_.begin() + static_cast<ptrdiff_t>(k_ - 1);
    std::nth_element(keys_.begin(), last, keys_.begin() + static_cast<ptrdiff_t>(size_), std::greater<>());
    least_ = *last;
    for (size_t i = k_; i < size_; ++i) drop(IdOf(keys_[i]));
    size_ = k_;
  }

  size_t k_, size_ = 0;
  uint64_t least_ = 0;  // offers below it cannot be among the k
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> ids_;
};

}  // namespace cohear
