// Where the items that a user went on to take stand in a full ranking.
#pragma once
#include <span>
#include <vector>

#include "core/csr.h"

namespace cohear {

struct RankOptions {
  size_t k = 10;                             // length of the top lists
  Row begin = 0, end = 0;                    // candidate rows
  std::span<const uint8_t> candidates = {};  // per row 1 or 0; empty = all rows of the range
};

struct RankResult {
  std::vector<double> ranks;     // parallel to judged.indices; NaN where the row is no candidate
  std::vector<Row> top;          // [users, k] best first, ties to the lower row; kNoRow past the end
  std::vector<uint32_t> counts;  // [users] length of each top list
};

// scores [users, n]. A user's candidates are the rows of the range that the mask allows, less the user's
// excluded rows; a judged row stays a candidate even where it is excluded. For a judged row j:
//   rank = 1 + #{candidates scored above j} + #{other candidates scored as j} / 2
// Lists of excluded and judged rows are sorted. Infinite scores are ranked, a NaN is kValue. Parallel over
// users.
RankResult RankJudged(std::span<const float> scores, size_t n, const CsrView& excluded, const CsrView& judged,
                      const RankOptions& options);

}  // namespace cohear
