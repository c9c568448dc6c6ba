// Counter-based random numbers: every draw is a pure function of a seed and four coordinates, so the same
// draw comes out at any number of threads. Philox 4x32-10 (Salmon et al., SC 2011); lib/random/philox.ts is
// its twin, and both are held to the published test vectors.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

namespace cohear {

using Counter = std::array<uint32_t, 4>;

inline Counter Philox(uint64_t seed, Counter c) {
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0], p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

// A number below n (n > 0) from 32 random bits; the bias is at most n / 2^32.
inline uint32_t Below(uint32_t bits, uint32_t n) { return static_cast<uint32_t>((uint64_t{bits} * n) >> 32); }

// Philox(seed, {from[0] + i, from[1], from[2], from[3]}) for i below `blocks`, one after another, four at a
// time where the machine can. Writes up to three blocks more.
void PhiloxBlocks(uint64_t seed, const Counter& from, uint32_t blocks, uint32_t* out);

// Draws 0, 1, 2, ... of one (seed, stream): four per Philox call. `a`, `b`, `c` name the stream, for
// instance node, hop and relation, step.
class Draws {
 public:
  Draws(uint64_t seed, uint32_t a, uint32_t b, uint32_t c) : seed_(seed), a_(a), b_(b), c_(c) {}
  uint32_t Next() {
    if (used_ == 4) {
      block_ = Philox(seed_, {block_index_++, a_, b_, c_});
      used_ = 0;
    }
    return block_[used_++];
  }
  uint32_t NextBelow(uint32_t n) { return Below(Next(), n); }

  // The next n draws at once, for a third of the time. `out` has room for n + kSpare.
  static constexpr uint32_t kSpare = 15;
  void Take(uint32_t n, uint32_t* out) {
    while (n > 0 && used_ < 4) {
      *out++ = block_[used_++];
      --n;
    }
    if (n == 0) return;
    const uint32_t blocks = (n + 3) / 4;
    PhiloxBlocks(seed_, {block_index_, a_, b_, c_}, blocks, out);
    block_index_ += blocks;
    std::copy_n(out + 4 * (blocks - 1), 4, block_.begin());
    used_ = static_cast<int>(n - 4 * (blocks - 1));
  }

 private:
  uint64_t seed_;
  uint32_t a_, b_, c_;
  uint32_t block_index_ = 0;
  int used_ = 4;
  Counter block_{};
};

}  // namespace cohear
