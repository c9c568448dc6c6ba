// The normalised interaction matrix R = D_U^-1/2 X D_I^-1/2, its largest singular vectors, and the filters of
// GF-CF (Shen et al., CIKM 2021) that are made from them.
#pragma once
#include <span>

#include "core/watch.h"
#include "linalg/interactions.h"

namespace cohear {

struct SpectrumOptions {
  size_t rank = 256;
  size_t oversample = 32;  // further directions that are iterated and then dropped
  size_t sweeps = 8;       // of a filter of degree 4
  uint64_t seed = 1;
};

struct Spectrum {
  size_t rank = 0;                // as asked for, or what the matrix has
  std::vector<float> values;      // [rank] singular values, largest first
  std::vector<float> directions;  // [items, rank] right singular vectors, orthonormal
};

// R's truncated singular value decomposition by randomised subspace iteration (Halko, Martinsson and Tropp
// 2011). The same bits at any number of threads. Steps of the watch: iterations + 1.
Spectrum TopSpectrum(const Interactions& x, const SpectrumOptions& options, const Watch& watch = {});

// out[k] += x_u R' R for u = users[k], x_u the plain row of X: the linear filter. out [users, items]. Per
// user it costs the users of their items and the items of those.
void AddLinearFilter(const Interactions& x, std::span<const Row> users, std::span<float> out);

}  // namespace cohear
