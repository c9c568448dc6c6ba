// The edges of a CSR in order of their source: a counting sort, in parallel over chunks of rows. Each chunk
// counts its own edges per source; the sums say where each chunk's part of a source begins; then each chunk
// puts its edges there. The order is that of the rows, whatever the chunks are.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "core/csr.h"
#include "core/pool.h"

namespace cohear {

// Calls place(e, row, at) for every edge: edge e of `row` is number `at` in order of source, then of row. On
// any threads, once for each e and each `at`. Returns where the edges of each source begin, and one more.
// Sources are `first` .. first + sources - 1.
template <class Place>
std::vector<Offset> BySource(const CsrView& csr, Row first, size_t sources, Place&& place) {
  constexpr size_t kGrain = 4096, kMostChunks = 16;
  if (csr.offsets.empty()) return std::vector<Offset>(sources + 1, 0);
  const size_t rows = csr.rows(), edges = csr.indices.size();
  // The counts of all chunks together take at most half as many numbers as there are edges.
  const size_t chunks = std::clamp<size_t>(edges / (2 * std::max<size_t>(sources, kGrain)), 1, kMostChunks);
  std::vector<size_t> begins;  // rows; chunks have about equally many edges
  for (size_t c = 0; c < chunks; ++c) {
    const auto at = std::lower_bound(csr.offsets.begin(), csr.offsets.end() - 1, edges / chunks * c);
    begins.push_back(c == 0 ? 0 : static_cast<size_t>(at - csr.offsets.begin()));
  }
  begins.push_back(rows);

  std::vector<std::vector<Offset>> next(chunks);  // counts, then where the next edge of a source goes
  ParallelFor(chunks, 1, [&](size_t c, size_t) {
    next[c].assign(sources, 0);
    for (Offset e = csr.offsets[begins[c]]; e < csr.offsets[begins[c + 1]]; ++e)
      ++next[c][csr.indices[e] - first];
  });
  std::vector<Offset> offsets(sources + 1, 0);
  ParallelFor(sources, kGrain, [&](size_t begin, size_t end) {
    for (const auto& counts : next) {
      for (size_t s = begin; s < end; ++s) offsets[s + 1] += counts[s];
    }
  });
  for (size_t s = 0; s < sources; ++s) offsets[s + 1] += offsets[s];
  ParallelFor(sources, kGrain, [&](size_t begin, size_t end) {
    for (size_t s = begin; s < end; ++s) {
      Offset at = offsets[s];
      for (auto& counts : next) at += std::exchange(counts[s], at);
    }
  });
  ParallelFor(chunks, 1, [&](size_t c, size_t) {
    for (size_t row = begins[c]; row < begins[c + 1]; ++row) {
      for (Offset e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e)
        place(e, row, next[c][csr.indices[e] - first]++);
    }
  });
  return offsets;
}

}  // namespace cohear
