// Whether a call's seeds and options are ones that can be sampled.
#pragma once
#include "sampler/neighbor.h"

namespace cohear {

// Throws what SampleBlocks is said to.
void CheckSampling(const Graph& graph, std::span<const Row> seeds, const SampleOptions& options);

}  // namespace cohear
