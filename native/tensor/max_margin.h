// The max-margin loss over rows of one embedding matrix, and its gradient.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/csr.h"

namespace cohear {

// Pair i: anchor row, positive row, and `count` negative rows (negatives[i * count .. (i + 1) * count)).
struct MarginPairs {
  std::span<const Row> anchors, positives, negatives;

  size_t count() const { return anchors.empty() ? 0 : negatives.size() / anchors.size(); }
};

struct MarginLoss {
  double loss = 0;              // mean over i, j of max(0, z_a . z_n - z_a . z_p + margin); 0 without pairs
  std::vector<uint8_t> active;  // 1 where the maximum was above 0: what the gradient needs; one per negative
};

// z: [rows, width]. Throws ERR_RANGE for a row outside z, ERR_SHAPE when negatives are no multiple of the
// pairs.
MarginLoss MaxMargin(std::span<const float> z, size_t rows, size_t width, const MarginPairs& pairs,
                     float margin);

// dz = scale * d loss / d z, all of it written. Every row gathers its own terms in a fixed order.
void MaxMarginBackward(std::span<const float> z, size_t rows, size_t width, const MarginPairs& pairs,
                       std::span<const uint8_t> active, float scale, std::span<float> dz);

}  // namespace cohear
