// The co-interaction graph: two items are neighbours where at least one user interacted with both.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "core/watch.h"
#include "graph/prune.h"
#include "graph/visits.h"

namespace cohear {

struct CoInteractionOptions {
  size_t max_history = 0;  // most recent distinct items that a user counts with; 0 = all
  uint32_t min_count = 1;  // edges with fewer shared users are left out
  // Scores and prunes every row as it is made: the same graph as Prune() of the whole one, without ever
  // holding that. (A row's place among the strongest does not depend on other rows.)
  std::optional<PruneOptions> prune = {};
  EventWeights weights = {};  // they change scores (see prune.h), so they need `prune`
};

// histories: row u lists the items of user u, times ascending (parallel to the indices, seconds). An item
// that a user comes back to counts once, at its latest time. The graph is symmetric, without self-loops, and
// has one relation per ordered pair of types (an empty one too); counts is the number of shared users,
// last_times the maximum over them of the later of the two events; item_users and users are filled.
// Work is the sum over users of their distinct items squared, in parallel over destination items; the same
// bits at any number of threads. Watch counts destination items.
Graph CoInteraction(const CsrView& histories, std::span<const double> times,
                    std::span<const Row> type_offsets, const CoInteractionOptions& options,
                    const Watch& watch = {});

// The same graph as a file (graph_file.h) that is never held in memory: rows are spilled beside `path` and
// assembled at the end, so the disk must hold the graph twice for a while. `memory` bounds in bytes what is
// allocated here (histories are the caller's); kMemory where not even the working arrays fit it.
void CoInteractionToFile(const CsrView& histories, std::span<const double> times,
                         std::span<const Row> type_offsets, const CoInteractionOptions& options,
                         const std::string& path, size_t memory, const Watch& watch = {});

}  // namespace cohear
