// How a side is cut in pieces.
#pragma once
#include <cstddef>

namespace cohear {

inline size_t CeilDiv(size_t a, size_t b) { return (a + b - 1) / b; }
inline size_t RoundUp(size_t size, size_t unit) { return CeilDiv(size, unit) * unit; }

// Even pieces, multiples of `unit`, none above `most` (one, too).
inline size_t Piece(size_t size, size_t most, size_t unit) {
  return RoundUp(CeilDiv(size, CeilDiv(size, most)), unit);
}

}  // namespace cohear
