// The strength of an edge, by name, and keeping the strongest.
#pragma once
#include <algorithm>
#include <cmath>
#include <span>

#include "graph/graph.h"

namespace cohear {

// For an edge of c shared users between items with n_i and n_j users, of N users in all. Where users' events
// have weights w, c is the sum over shared users of w_i w_j, n_i the sum of w_i^2, and N the sum over users
// of the mean square of their weights: the same numbers where every weight is 1.
enum class Score {
  kCount,   // c
  kCosine,  // c / sqrt(n_i n_j)
  kDamped,  // c / (sqrt(n_i n_j) + damping): pairs seen once or twice do not outrank pairs often seen
  kPmi,     // max(0, log(c N / (n_i n_j)))
};

struct PruneOptions {
  Score score = Score::kDamped;
  double damping = 20;
  size_t top_k = 0;  // strongest neighbours kept per destination node and relation; 0 = all
};

// A graph of the same edges with scores, each row cut to its top_k (ties: the lower row stays), rows still
// ascending. Needs counts, and item_users (and users for kPmi) unless the score is kCount.
Graph Prune(const Graph& graph, const PruneOptions& options);

// Throws unless the options are sound.
void CheckPruneOptions(const PruneOptions& options);

class EdgeScorer {
 public:
  // norms: n of every item (unused for kCount), users: N. They must outlive it.
  EdgeScorer(std::span<const double> norms, double users, const PruneOptions& options)
      : norms_(norms), users_(users), options_(options) {}
  float operator()(Row i, Row j, double c) const {
    if (options_.score == Score::kCount) return static_cast<float>(c);
    const double product = norms_[i] * norms_[j];
    if (options_.score == Score::kPmi)
      return product > 0 ? static_cast<float>(std::max(0.0, std::log(c * users_ / product))) : 0.0f;
    const double scale = std::sqrt(product) + (options_.score == Score::kDamped ? options_.damping : 0);
    return scale > 0 ? static_cast<float>(c / scale) : 0.0f;
  }

 private:
  std::span<const double> norms_;
  double users_;
  const PruneOptions options_;
};

}  // namespace cohear
