// Coordinates of the sampler's random draws. Every use has a stream of its own, so two uses never share a
// draw even under one seed.
#pragma once
#include <cstdint>

#include "core/random.h"

namespace cohear {

enum class Stream : uint32_t {
  kNeighbor = 1,     // (node, hop and relation, step)
  kNegative = 2,     // (index in the batch, draw, step)
  kSplit = 3,        // (low row, high row)
  kOrientation = 4,  // (low row, high row, epoch)
  kUndersample = 5,  // (link type, epoch): the keys of an order of edges
  kShuffle = 6,      // (position, epoch); (epoch, 0): the keys of an order of links
  kTree = 7,         // (tree, step): the seed of a tree's own draws
  kWalk = 8,         // (start, walk, step)
};

// One 32-bit coordinate: the stream's number, 8 bits of `high` and 16 bits of `low`.
inline uint32_t StreamWord(Stream stream, uint32_t high = 0, uint32_t low = 0) {
  return static_cast<uint32_t>(stream) << 24 | (high & 0xFF) << 16 | (low & 0xFFFF);
}

// A number below n (n > 0) from 64 random bits; the bias is at most n / 2^64.
inline uint32_t BelowWide(uint32_t high, uint32_t low, uint32_t n) {
  return static_cast<uint32_t>((uint64_t{high} * n + ((uint64_t{low} * n) >> 32)) >> 32);
}

}  // namespace cohear
