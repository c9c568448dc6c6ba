// The strength of an edge, by name, and keeping the strongest.
#pragma once
#include "graph/graph.h"

namespace cohear {

// For an edge of c shared users between items with n_i and n_j users, of N users in all:
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

}  // namespace cohear
