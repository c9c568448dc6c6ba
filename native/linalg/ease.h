// EASE^R (Steck, WWW 2019): the item-item weights B with zero diagonal that minimise |X - X B|^2 + l2 |B|^2,
// in closed form: with P = 1 / (X'X + l2), B_ij = -P_ij / P_jj off the diagonal; a user's scores are x B.
#pragma once
#include <span>

#include "linalg/interactions.h"
#include "linalg/symmetric_tiles.h"

namespace cohear {

// Of the two sides the one with fewer rows is inverted. Over users the same scores come from the kernel
// K = X X' + l2, since X P = (1 / K) X and P_jj = (1 - x_j' (1 / K) x_j) / l2: exact, with users^2 / 2 floats
// in place of items^2. Users and items without interactions take no part and have score 0.
class Ease {
 public:
  // Throws kMemory when the smaller side needs more than max_bytes, kRange unless l2 > 0.
  Ease(std::shared_ptr<const Interactions> x, float l2, size_t max_bytes, const Watch& watch = {});

  // out [users, items] = x_u - (x_u P)_j / P_jj, which for an item that the user has not is the score.
  // Parallel.
  void Score(std::span<const Row> users, std::span<float> out) const;

  bool over_users() const { return over_users_; }
  size_t bytes() const;

 private:
  void ScoreOverUsers(std::span<const Row> users, float* out) const;
  void ScoreOverItems(std::span<const Row> users, float* out) const;

  std::shared_ptr<const Interactions> x_;
  bool over_users_ = false;
  std::vector<Row> place_;    // of each user (or item) in the inverted matrix, kNone without interactions
  std::vector<float> scale_;  // 1 / P_jj per item, 0 without interactions
  std::unique_ptr<SymmetricTiles> inverse_;
};

}  // namespace cohear
