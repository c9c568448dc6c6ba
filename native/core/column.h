// Values that nobody changes any more, with whatever keeps them alive: a vector, or a mapped file. Copies
// share the values.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace cohear {

template <class T>
class Column {
 public:
  using value_type = T;
  using iterator = const T*;
  using const_iterator = const T*;

  Column() = default;
  template <class Allocator>
  Column(std::vector<T, Allocator> values) {
    auto held = std::make_shared<const std::vector<T, Allocator>>(std::move(values));
    values_ = *held;
    owner_ = std::move(held);
  }
  Column(std::initializer_list<T> values) : Column(std::vector<T>(values)) {}
  Column(std::span<const T> values, std::shared_ptr<const void> owner)
      : values_(values), owner_(std::move(owner)) {}
  // Never moved from: an owner that left would leave a view of freed values behind.
  Column(const Column&) = default;
  Column& operator=(const Column&) = default;

  size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const T& operator[](size_t i) const { return values_[i]; }
  const T& back() const { return values_.back(); }
  const T* data() const { return values_.data(); }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + values_.size(); }
  std::vector<T> ToVector() const { return {begin(), end()}; }

  friend bool operator==(const Column& a, const Column& b) { return std::ranges::equal(a, b); }

 private:
  std::span<const T> values_;
  std::shared_ptr<const void> owner_;
};

}  // namespace cohear
