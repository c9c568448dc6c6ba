// A std::vector whose resize leaves new numbers unset: the sampler writes every element right after, and
// clearing them first would touch the memory twice.
#pragma once
#include <memory>
#include <utility>
#include <vector>

namespace cohear {

template <class T>
struct UnsetAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UnsetAllocator<U>;
  };
  template <class U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
};

template <class T>
using RawVector = std::vector<T, UnsetAllocator<T>>;

}  // namespace cohear
