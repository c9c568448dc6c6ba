// Matrix factorisation for implicit feedback by alternating least squares (Hu, Koren and Volinsky, ICDM
// 2008), each row solved by a few steps of conjugate gradient from where it was (Takacs, Pilaszy and Tikk,
// RecSys 2011).
#pragma once
#include "core/watch.h"
#include "linalg/interactions.h"

namespace cohear {

// What a factorisation gives: user u's score of item i is users[u] . items[i].
struct Factors {
  std::vector<float> users;  // [users, factors]
  std::vector<float> items;  // [items, factors]
};

struct AlsOptions {
  size_t factors = 64;
  float regularization = 0.01f;
  float confidence = 1;  // weight of what was taken; what was not has weight 1 and target 0
  size_t iterations = 15;
  size_t steps = 3;  // of conjugate gradient per row and iteration
  uint64_t seed = 1;
};

// Minimises sum over u, i of c_ui (p_ui - x_u . y_i)^2 + regularization (|x_u|^2 + |y_i|^2), p = 1 and
// c = confidence where u took i. Start: uniform in [0, 0.01). A row without interactions becomes 0. The same
// bits at any number of threads. Steps of the watch: iterations.
Factors Als(const Interactions& x, const AlsOptions& options, const Watch& watch = {});

}  // namespace cohear
