// Scores of every item for a batch of queries, by inner product.
#pragma once
#include <cstddef>
#include <span>

#include "tensor/source_table.h"

namespace cohear {

// out[q, i] = queries[q] . items[i] + bias[i]; queries [q, d], items [n, d], bias [n] or empty, out [q, n].
// A product is summed in order of dimensions and the bias added last, as SearchTopK sums, so scores agree
// with it bit by bit on every instruction set and at any number of threads. Scores that are not finite are
// passed on. Items in fewer bits score as their decoded rows. Extra memory: the queries and at most 16,384
// items, packed.
void DotScores(std::span<const float> queries, const SourceTable& items, size_t d,
               std::span<const float> bias, std::span<float> out);
inline void DotScores(std::span<const float> queries, std::span<const float> items, size_t d,
                      std::span<const float> bias, std::span<float> out) {
  DotScores(queries, SourceTable::Floats(items), d, bias, out);
}

}  // namespace cohear
