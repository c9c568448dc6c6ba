// Asks for a cache line before it is needed. Where time goes into random reads, a loop that asks some
// twenty reads ahead is several times faster than one that waits for each.
#pragma once

namespace cohear {

inline void Prefetch(const void* address) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

}  // namespace cohear
