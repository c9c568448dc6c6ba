// Working memory that is costly to make (a dense accumulator over the catalogue) and is handed from grain to
// grain: as many exist as grains run at once, and all go when the call ends.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace cohear {

// Whoever takes a T gives it back as clean as it came, so it does not matter which grain had it before.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  class Lease {
   public:
    Lease(Scratch& owner, std::unique_ptr<T> value) : owner_(owner), value_(std::move(value)) {}
    ~Lease() {
      std::lock_guard lock(owner_.mutex_);
      owner_.free_.push_back(std::move(value_));
    }
    Lease(const Lease&) = delete;
    T& operator*() { return *value_; }

   private:
    Scratch& owner_;
    std::unique_ptr<T> value_;
  };

  Lease Take() {
    {
      std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto value = std::move(free_.back());
        free_.pop_back();
        return Lease(*this, std::move(value));
      }
    }
    return Lease(*this, make_());
  }

 private:
  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace cohear
