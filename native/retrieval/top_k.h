// Exact retrieval by inner product.
#pragma once
#include <span>
#include <vector>

#include "core/csr.h"
#include "core/watch.h"
#include "tensor/source_table.h"

namespace cohear {

// How items are looked at first; the result is the same.
enum class ScanBy {
  kBest,    // whichever is fastest here
  kFloats,  // every score in 32-bit floats
  kInt8,    // 8-bit copies tell which items may be among the k, and those are scored (int8_scan.h)
};

struct TopKOptions {
  size_t k = 10;
  Row begin = 0, end = 0;  // item rows to search
  ScanBy scan = ScanBy::kBest;
};

struct TopKResult {
  size_t k = 0;                  // width of the lists: the k asked for, or the rows searched if fewer
  std::vector<Row> rows;         // [queries, k] best first; kNoRow past the end of a list
  std::vector<float> scores;     // [queries, k]; -infinity past the end
  std::vector<uint32_t> counts;  // [queries] length of each list
};

// For every query q [queries, d] the k items of [options.begin, options.end) with the highest q . x, ties to
// the lower row; items [n, d]. `excluded` is empty, or a sorted list per query of rows to leave out. A dot
// product is summed in order of dimensions, alike on all instruction sets and at any number of threads.
// Throws kValue where a score is not finite (a NaN or infinite input, or overflow). Watch counts query blocks
// per stretch of items. Items in fewer bits score as their decoded rows, 16,384 of which are in memory at a
// time.
TopKResult SearchTopK(std::span<const float> queries, const SourceTable& items, size_t d,
                      const CsrView& excluded, const TopKOptions& options, const Watch& watch = {});
inline TopKResult SearchTopK(std::span<const float> queries, std::span<const float> items, size_t d,
                             const CsrView& excluded, const TopKOptions& options, const Watch& watch = {}) {
  return SearchTopK(queries, SourceTable::Floats(items), d, excluded, options, watch);
}

}  // namespace cohear
