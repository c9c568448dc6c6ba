#include "tensor/max_margin.h"

#include "core/error.h"
#include "core/pool.h"
#include "tensor/rows.h"
#include "tensor/segment.h"

namespace cohear {
namespace {

constexpr size_t kPairsOfGrain = 64;

void Check(std::span<const float> z, size_t rows, size_t width, const MarginPairs& pairs) {
  COHEAR_REQUIRE(z.size() == rows * width, Code::kShape,
                 "maxMarginLoss: z has " << z.size() << " numbers, want " << rows << " x " << width);
  const size_t size = pairs.anchors.size();
  COHEAR_REQUIRE(pairs.positives.size() == size, Code::kShape,
                 "maxMarginLoss: " << size << " anchors but " << pairs.positives.size() << " positives");
  COHEAR_REQUIRE(
      size == 0 ? pairs.negatives.empty() : pairs.negatives.size() % size == 0 && pairs.count() > 0,
      Code::kShape,
      "maxMarginLoss: " << pairs.negatives.size() << " negatives for " << size
                        << " pairs; want the same number, at least 1, for each");
  for (const auto& list : {pairs.anchors, pairs.positives, pairs.negatives}) {
    for (const Row row : list)
      COHEAR_REQUIRE(row < rows, Code::kRange, "maxMarginLoss: position " << row << ", want below " << rows);
  }
}

// What each row of z receives: coefficient times another row. A weighted block whose sources are z itself.
struct Terms {
  std::vector<Offset> offsets;
  std::vector<Row> sources;
  std::vector<float> coefficients;
};

template <class Visit>
void VisitTerms(const MarginPairs& pairs, std::span<const uint8_t> active, float unit, Visit&& visit) {
  const size_t count = pairs.count();
  for (size_t i = 0; i < pairs.anchors.size(); ++i) {
    const Row anchor = pairs.anchors[i], positive = pairs.positives[i];
    size_t used = 0;
    for (size_t j = i * count; j < (i + 1) * count; ++j) {
      if (!active[j]) continue;
      ++used;
      visit(anchor, pairs.negatives[j], unit);
      visit(pairs.negatives[j], anchor, unit);
    }
    if (used == 0) continue;
    visit(anchor, positive, -unit * static_cast<float>(used));
    visit(positive, anchor, -unit * static_cast<float>(used));
  }
}

Terms CollectTerms(const MarginPairs& pairs, std::span<const uint8_t> active, float unit, size_t rows) {
  Terms terms;
  terms.offsets.assign(rows + 1, 0);
  VisitTerms(pairs, active, unit, [&](Row row, Row, float) { ++terms.offsets[row + 1]; });
  for (size_t row = 0; row < rows; ++row) terms.offsets[row + 1] += terms.offsets[row];
  terms.sources.resize(terms.offsets.back());
  terms.coefficients.resize(terms.offsets.back());
  std::vector<Offset> next(terms.offsets.begin(), terms.offsets.end() - 1);
  VisitTerms(pairs, active, unit, [&](Row row, Row source, float coefficient) {
    const Offset at = next[row]++;
    terms.sources[at] = source;
    terms.coefficients[at] = coefficient;
  });
  return terms;
}

}  // namespace

MarginLoss MaxMargin(std::span<const float> z, size_t rows, size_t width, const MarginPairs& pairs,
                     float margin) {
  Check(z, rows, width, pairs);
  const size_t size = pairs.anchors.size(), count = pairs.count();
  MarginLoss result;
  if (size == 0) return result;
  result.active.resize(size * count);
  std::vector<double> sums((size + kPairsOfGrain - 1) / kPairsOfGrain);
  ParallelFor(size, kPairsOfGrain, [&](size_t begin, size_t end) {
    double sum = 0;
    for (size_t i = begin; i < end; ++i) {
      const float* anchor = z.data() + size_t{pairs.anchors[i]} * width;
      const float near = Dot(anchor, z.data() + size_t{pairs.positives[i]} * width, width);
      for (size_t j = i * count; j < (i + 1) * count; ++j) {
        const float term = Dot(anchor, z.data() + size_t{pairs.negatives[j]} * width, width) - near + margin;
        result.active[j] = !(term <= 0);  // NaN counts, so that it shows
        if (result.active[j]) sum += term;
      }
    }
    sums[begin / kPairsOfGrain] = sum;
  });
  for (const double sum : sums) result.loss += sum;
  result.loss /= static_cast<double>(size * count);
  return result;
}

void MaxMarginBackward(std::span<const float> z, size_t rows, size_t width, const MarginPairs& pairs,
                       std::span<const uint8_t> active, float scale, std::span<float> dz) {
  Check(z, rows, width, pairs);
  COHEAR_REQUIRE(active.size() == pairs.negatives.size() && dz.size() == z.size(), Code::kShape,
                 "maxMarginLoss gradient: active has " << active.size() << " and dz " << dz.size()
                                                       << " numbers, want " << pairs.negatives.size()
                                                       << " and " << z.size());
  const float unit = active.empty() ? 0.0f : scale / static_cast<float>(active.size());
  const Terms terms = CollectTerms(pairs, active, unit, rows);
  GatherAggregate({terms.offsets, terms.sources}, z, rows, width, Aggregate::kSum, terms.coefficients, dz,
                  {});
}

}  // namespace cohear
