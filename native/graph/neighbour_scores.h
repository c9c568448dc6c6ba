// Item-based collaborative filtering: an item scores what the user's history says of it through the graph.
#pragma once
#include <span>

#include "graph/graph.h"

namespace cohear {

// out[b, i] += sum over events (j, w) of row b of w * score(j -> i), summed in the order of the events, then
// of relations; out is row-major [histories.rows(), by_source.nodes()]. by_source is the transpose of a
// scored graph: row j lists the items that j speaks for. Parallel over users.
void NeighbourScores(const Graph& by_source, const CsrView& histories, std::span<const float> weights,
                     std::span<float> out);

}  // namespace cohear
