// A part of parallel work that must be done in order of its index, while the rest goes on: grains end in any
// order, and whoever ends one goes through all that have become ready, unless another thread is at it. Nobody
// waits. What is visited is often still in that thread's cache.
#pragma once
#include <atomic>
#include <cstddef>
#include <vector>

namespace cohear {

class InOrder {
 public:
  explicit InOrder(size_t count) : ready_(count) {}

  // Says that `index` is ready, then calls visit(i) for what is ready and next. Every index is visited once
  // when the calls for all have returned, and visits never overlap.
  template <class Visit>
  void Ready(size_t index, Visit&& visit) {
    ready_[index].store(true);
    for (;;) {
      if (busy_.exchange(true)) return;  // its owner looks again after leaving
      while (next_ < ready_.size() && ready_[next_].load()) visit(next_++);
      const size_t next = next_;
      busy_.store(false);
      if (next == ready_.size() || !ready_[next].load()) return;
    }
  }

 private:
  std::vector<std::atomic<bool>> ready_;
  std::atomic<bool> busy_{false};
  size_t next_ = 0;
};

}  // namespace cohear
