// The strength of an edge, by name, and keeping the strongest.
#pragma once
#include <span>

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

// Throws unless the options are sound.
void CheckPruneOptions(const PruneOptions& options);

// One row at a time, for whoever makes rows. item_users and the options must outlive it; one thread at a
// time.
class RowPruner {
 public:
  RowPruner(std::span<const uint32_t> item_users, uint64_t users, const PruneOptions& options)
      : item_users_(item_users), users_(static_cast<double>(users)), options_(options) {}

  // Scores the edges (item, neighbours[i]) and picks the strongest. The results are valid until the next
  // call.
  void Prune(Row item, std::span<const Row> neighbours, std::span<const uint32_t> counts);
  std::span<const uint32_t> kept() const { return kept_; }  // positions in the row, ascending
  float score(size_t position) const { return scores_[position]; }

 private:
  float Score(Row i, Row j, uint32_t count) const;

  std::span<const uint32_t> item_users_;
  double users_;
  const PruneOptions& options_;
  std::vector<float> scores_;
  std::vector<uint32_t> kept_;
  std::vector<uint64_t> keys_;
};

}  // namespace cohear
