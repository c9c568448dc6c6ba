// A random order of 0 .. n - 1.
#pragma once
#include <cstdint>

#include "sampler/raw_vector.h"

namespace cohear {

// Every order equally likely; a function of (n, seed, epoch).
RawVector<uint32_t> ShuffledOrder(uint32_t n, uint64_t seed, uint32_t epoch);

}  // namespace cohear
