#include "sampler/shuffle.h"

#include <utility>

#include "core/pool.h"
#include "sampler/streams.h"

namespace cohear {

// Fisher-Yates, its draws made in parallel beforehand.
RawVector<uint32_t> ShuffledOrder(uint32_t n, uint64_t seed, uint32_t epoch) {
  constexpr size_t kGrain = size_t{1} << 16;
  RawVector<uint32_t> order(n), other(n);
  ParallelFor(n, kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const uint32_t position = static_cast<uint32_t>(i);
      order[i] = position;
      const Counter bits = Philox(seed, {position, StreamWord(Stream::kShuffle), epoch, 0});
      other[i] = BelowWide(bits[0], bits[1], position + 1);
    }
  });
  for (uint32_t i = n; i-- > 1;) std::swap(order[i], order[other[i]]);
  return order;
}

}  // namespace cohear
