#include "retrieval/rank.h"

#include <algorithm>
#include <limits>

#include "core/pool.h"
#include "core/simd.h"
#include "retrieval/select.h"

namespace cohear {
namespace {

// Compares false with everything, so a row marked with it drops out of every count.
constexpr float kGone = std::numeric_limits<float>::quiet_NaN();
constexpr size_t kStride = 64;  // scores looked at together when gathering a top list

COHEAR_SIMD bool HasNan(const float* values, size_t count) {
  int found = 0;
  for (size_t i = 0; i < count; ++i) found |= values[i] != values[i];
  return found != 0;
}

struct Standing {
  uint32_t above, equal;
};

COHEAR_SIMD Standing CountAbove(const float* values, size_t count, float score) {
  uint32_t above = 0, equal = 0;
  for (size_t i = 0; i < count; ++i) {
    above += values[i] > score;
    equal += values[i] == score;
  }
  return {above, equal};
}

COHEAR_SIMD bool AnyAbove(const float* values, size_t count, float threshold) {
  int any = 0;
  for (size_t i = 0; i < count; ++i) any |= values[i] > threshold;
  return any != 0;
}

// The scores of one user's candidates, kGone for every other row of the range.
void Candidates(const float* scores, std::span<const Row> excluded, std::span<const Row> judged,
                const RankOptions& options, std::vector<float>& out) {
  out.assign(scores + options.begin, scores + options.end);
  for (const Row row : excluded) {
    if (row >= options.begin && row < options.end) out[row - options.begin] = kGone;
  }
  for (const Row row : judged) {
    if (row >= options.begin && row < options.end) out[row - options.begin] = scores[row];
  }
  if (options.candidates.empty()) return;
  for (size_t i = 0; i < out.size(); ++i) {
    if (!options.candidates[options.begin + i]) out[i] = kGone;
  }
}

uint32_t TopList(const std::vector<float>& candidates, const RankOptions& options, Row* rows) {
  TopK best(options.k);
  for (size_t begin = 0; begin < candidates.size(); begin += kStride) {
    const size_t end = std::min(begin + kStride, candidates.size());
    if (best.full() && !AnyAbove(&candidates[begin], end - begin, best.threshold())) continue;
    for (size_t i = begin; i < end; ++i) {
      const float score = candidates[i];
      if (score != score || (best.full() && !(score > best.threshold()))) continue;
      best.Offer(static_cast<Row>(options.begin + i), score);
    }
  }
  return static_cast<uint32_t>(best.Finish(rows, nullptr));
}

}  // namespace

RankResult RankJudged(std::span<const float> scores, size_t n, const CsrView& excluded, const CsrView& judged,
                      const RankOptions& options) {
  COHEAR_REQUIRE(options.k >= 1, Code::kRange, "k is 0, want at least 1");
  COHEAR_REQUIRE(options.begin <= options.end && options.end <= n, Code::kRange,
                 "rows " << options.begin << " to " << options.end << " do not lie in 0 to " << n);
  COHEAR_REQUIRE(
      options.candidates.empty() || options.candidates.size() == n, Code::kShape,
      "candidates: " << options.candidates.size() << " values, want one per item (" << n << ") or none");
  const size_t users = judged.rows();
  CheckSortedLists(judged, users, n, "judged");
  CheckSortedLists(excluded, users, n, "excluded");
  COHEAR_REQUIRE(scores.size() == users * n, Code::kShape,
                 "scores: " << scores.size() << " values, want " << users << " users x " << n
                            << " items = " << users * n);

  RankResult out;
  out.ranks.resize(judged.indices.size());
  out.top.resize(users * options.k);
  out.counts.resize(users);
  ParallelFor(users, 8, [&](size_t from, size_t to) {
    std::vector<float> candidates;
    for (size_t user = from; user < to; ++user) {
      const float* row = scores.data() + user * n;
      COHEAR_REQUIRE(!HasNan(row + options.begin, options.end - options.begin), Code::kValue,
                     "a score of user " << user << " of the batch is NaN");
      Candidates(row, excluded[user], judged[user], options, candidates);
      for (Offset j = judged.offsets[user]; j < judged.offsets[user + 1]; ++j) {
        const Row item = judged.indices[j];
        const bool inside = item >= options.begin && item < options.end;
        if (!inside || (!options.candidates.empty() && !options.candidates[item])) {
          out.ranks[j] = std::numeric_limits<double>::quiet_NaN();
          continue;
        }
        const auto [above, equal] = CountAbove(candidates.data(), candidates.size(), row[item]);
        out.ranks[j] = 1.0 + above + (equal - 1) / 2.0;
      }
      out.counts[user] = TopList(candidates, options, &out.top[user * options.k]);
    }
  });
  return out;
}

}  // namespace cohear
