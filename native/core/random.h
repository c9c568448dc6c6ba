// Counter-based random numbers: every draw is a pure function of a seed and four coordinates, so the same
// draw comes out at any number of threads. Philox 4x32-10 (Salmon et al., SC 2011); lib/random/philox.ts is
// its twin, and both are held to the published test vectors.
#pragma once
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

 private:
  uint64_t seed_;
  uint32_t a_, b_, c_;
  uint32_t block_index_ = 0;
  int used_ = 4;
  Counter block_{};
};

}  // namespace cohear
