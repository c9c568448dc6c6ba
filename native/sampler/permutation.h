// A random order of 0 .. n - 1 that is computed where it is asked for and takes no memory: a Feistel network
// over the least power of two that holds n, walked until it gives a number below n (fewer than two steps on
// average; Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Of less than 8 bits a
// network reaches too few orders, so a small n is walked for longer in one of 8.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "core/random.h"

namespace cohear {

class Permutation {
 public:
  // `keys` says which order: 16 of its draws are used.
  Permutation(uint64_t n, Draws keys) : n_(n) {
    const int bits = std::max(8, static_cast<int>(std::bit_width(n == 0 ? 0 : n - 1)));
    low_bits_ = bits / 2;
    low_mask_ = (uint64_t{1} << low_bits_) - 1;
    high_mask_ = (uint64_t{1} << (bits - low_bits_)) - 1;
    for (auto& key : keys_) key = uint64_t{keys.Next()} << 32 | keys.Next();
  }

  uint64_t size() const { return n_; }

  // What stands at place i < n.
  uint64_t operator()(uint64_t i) const {
    do i = Scramble(i);
    while (i >= n_);
    return i;
  }

 private:
  uint64_t Scramble(uint64_t x) const {
    uint64_t high = x >> low_bits_, low = x & low_mask_;
    for (size_t round = 0; round < keys_.size(); round += 2) {
      high ^= Mix(low ^ keys_[round]) & high_mask_;
      low ^= Mix(high ^ keys_[round + 1]) & low_mask_;
    }
    return high << low_bits_ | low;
  }
  static uint64_t Mix(uint64_t x) {
    x *= 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93ull;
    return x >> 32;
  }

  uint64_t n_;
  int low_bits_;
  uint64_t low_mask_, high_mask_;
  std::array<uint64_t, 8> keys_;
};

}  // namespace cohear
