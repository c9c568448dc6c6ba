// The k best of a stream of scores whose rows come in ascending order.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>

#include "core/csr.h"

namespace cohear {

constexpr Row kNoRow = std::numeric_limits<Row>::max();  // fills the places of a list that is shorter than k

// "Better" is a higher score, then a lower row. Offers are collected and cut back to k when twice that many
// have come, so an offer costs O(1) on average; threshold() lets the caller skip most without offering.
class TopK {
 public:
  explicit TopK(size_t k) : k_(k) {}

  // While fewer than k are known everything is worth offering.
  bool full() const { return full_; }
  // Only higher scores are worth offering once full: a later row with an equal score loses.
  float threshold() const { return threshold_; }

  void Offer(Row row, float score) {
    kept_.push_back({row, score});
    if (kept_.size() == (full_ ? 2 * k_ : k_)) Cut();
  }

  // Writes rows and scores, best first, and fills the rest up to k with kNoRow and -infinity; returns how
  // many there are.
  size_t Finish(Row* rows, float* scores) {
    std::sort(kept_.begin(), kept_.end(), Better);
    const size_t count = std::min(kept_.size(), k_);
    for (size_t i = 0; i < k_; ++i) {
      rows[i] = i < count ? kept_[i].row : kNoRow;
      if (scores) scores[i] = i < count ? kept_[i].score : -std::numeric_limits<float>::infinity();
    }
    return count;
  }

 private:
  struct Entry {
    Row row;
    float score;
  };
  static bool Better(const Entry& a, const Entry& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  }
  void Cut() {
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<ptrdiff_t>(k_ - 1), kept_.end(), Better);
    kept_.resize(k_);
    threshold_ = kept_.back().score;
    full_ = true;
  }

  const size_t k_;
  std::vector<Entry> kept_;
  float threshold_ = -std::numeric_limits<float>::infinity();
  bool full_ = false;
};

// Throws unless every list's rows ascend (repeats allowed) and lie below `columns`.
void CheckSortedLists(const CsrView& lists, size_t lists_wanted, size_t columns, const char* name);

}  // namespace cohear
