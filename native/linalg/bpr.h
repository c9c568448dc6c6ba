// Matrix factorisation by Bayesian personalised ranking (Rendle et al., UAI 2009): what a user took should
// score above what they did not.
#pragma once
#include "linalg/als.h"

namespace cohear {

struct BprOptions {
  size_t factors = 64;
  float learning_rate = 0.001f;
  float regularization = 1e-4f;
  size_t epochs = 100;
  size_t batch = 2048;  // triples whose gradients are taken at the same factors
  uint64_t seed = 1;
};

// Maximises sum of log sigmoid(x_u . (y_i - y_j)) - regularization / 2 (|x_u|^2 + |y_i|^2 + |y_j|^2) over
// triples of an interaction (u, i), drawn uniformly, and an item j that u has not taken, drawn uniformly and
// exactly rejected. As many triples as there are interactions make an epoch. Adam in mini-batches, only on
// the rows that a batch touches (their moments rest meanwhile): the same bits at any number of threads. Users
// with all items are left out. Steps of the watch: epochs.
Factors Bpr(const Interactions& x, const BprOptions& options, const Watch& watch = {});

}  // namespace cohear
