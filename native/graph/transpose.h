// The same graph listed by source: row u of relation (s -> d) becomes the destinations that u reaches.
#pragma once
#include "graph/graph.h"

namespace cohear {

// A relation s -> d of the given graph is a relation d -> s of the result (CSC rows over s, neighbours in d).
Graph Transpose(const Graph& graph);

}  // namespace cohear
