// Adam (Kingma & Ba, 2015) over all parameters in one call, with the decoupled weight decay of AdamW
// (Loshchilov & Hutter, 2019) and clipping by the global norm.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

struct AdamParameter {
  std::span<const float> value, gradient;
  std::span<float> first, second;  // moments, updated in place
  std::span<float> out;            // the new value; may be `value` itself
};

struct AdamOptions {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;  // p shrinks by learning_rate * weight_decay * p
  double clip_norm = 0;     // gradients are scaled so that their global norm is at most this; 0: never
  uint64_t step = 1;        // 1 for the first update
};

// g = clip * gradient; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
// p = p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) - lr decay p
// Returns the global norm of the gradients before clipping, or 0 where clip_norm is 0 (it is not computed).
double AdamStep(const std::vector<AdamParameter>& parameters, const AdamOptions& options);

}  // namespace cohear
