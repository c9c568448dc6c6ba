// In-batch sampled softmax with logQ correction and masking of accidental hits, and its gradient, made in one
// pass over row blocks: the logits of a block are there only while it is worked on, so memory is
// O(batch x width), not O(batch^2).
#pragma once
#include <cstdint>
#include <span>

#include "core/csr.h"

namespace cohear {

// Candidates: the rows of some item matrix.
struct SoftmaxItems {
  std::span<const float> rows;     // [size, width]
  std::span<const float> log_q;    // per item, or empty
  std::span<const float> bias;     // per item, or empty
  std::span<const uint32_t> ids;   // per item
  std::span<float> gradient;       // [size, width], or empty: not wanted
  std::span<float> bias_gradient;  // [size], or empty
};

struct SoftmaxArgs {
  size_t width = 0;
  float temperature = 1;
  std::span<const float> users;     // [batch, width]; row r's positive is item r of `items`
  std::span<const float> weights;   // per row, or empty (all 1); at least 0, some above 0
  SoftmaxItems items;               // batch of them
  SoftmaxItems extra;               // more negatives; may be empty
  CsrView positives;                // per row, ids that are no negatives of this user; no offsets: none
  std::span<float> users_gradient;  // [batch, width], or empty: no gradient is wanted
};

// logit[r][c] = u_r . i_c / temperature + bias_c - logQ_c
// loss = sum over r of w_r (log sum over c of exp(logit[r][c]) - logit[r][r]) / sum of w_r
// where c runs over items and extra, less those other than r itself whose id is r's own or among
// positives[r]. Writes every gradient that is not empty (of the loss itself). Throws ERR_SHAPE, ERR_VALUE,
// ERR_RANGE.
double SampledSoftmax(const SoftmaxArgs& args);

}  // namespace cohear
