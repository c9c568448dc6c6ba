#include "tensor/adagrad.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"
#include "tensor/optimizer.h"
#include "tensor/rows.h"

namespace cohear {

COHEAR_SIMD void AdagradUpdate(const float* p, const float* __restrict g, float* __restrict squares,
                               float* out, size_t size, float clip, float rate, float epsilon) {
  for (size_t i = 0; i < size; ++i) {
    const float grad = clip * g[i];
    squares[i] += grad * grad;
    out[i] = p[i] - rate * grad / (std::sqrt(squares[i]) + epsilon);
  }
}

double AdagradStep(const std::vector<AdagradParameter>& parameters, const AdagradOptions& o) {
  Arrays gradients;
  for (const AdagradParameter& p : parameters) {
    const size_t size = p.value.size();
    COHEAR_REQUIRE(p.gradient.size() == size && p.squares.size() == size && p.out.size() == size,
                   Code::kShape,
                   "adagrad: parameter " << gradients.size() << " has " << size << " numbers, its gradient "
                                         << p.gradient.size() << ", its squares " << p.squares.size());
    gradients.push_back(p.gradient);
  }
  const double norm = o.clip_norm > 0 ? GlobalNorm(gradients) : 0;
  const float clip = ClipScale(norm, o.clip_norm), rate = static_cast<float>(o.learning_rate),
              epsilon = static_cast<float>(o.epsilon);
  ForEachPiece(gradients, [&](size_t i, size_t begin, size_t size) {
    const AdagradParameter& p = parameters[i];
    AdagradUpdate(p.value.data() + begin, p.gradient.data() + begin, p.squares.data() + begin,
                  p.out.data() + begin, size, clip, rate, epsilon);
  });
  return norm;
}

void RowwiseAdagrad(std::span<float> table, std::span<float> squares, size_t width,
                    std::span<const uint32_t> rows, std::span<const float> gradient,
                    const AdagradOptions& options) {
  COHEAR_REQUIRE(
      width > 0 && table.size() == squares.size() * width && gradient.size() == rows.size() * width,
      Code::kShape,
      "embedding: a table of " << table.size() << " numbers with " << squares.size()
                               << " sums and a gradient of " << gradient.size() << " for " << rows.size()
                               << " rows of " << width << " do not fit");
  std::vector<uint32_t> sorted(rows.begin(), rows.end());
  std::sort(sorted.begin(), sorted.end());
  COHEAR_REQUIRE(sorted.empty() || sorted.back() < squares.size(), Code::kRange,
                 "embedding: row " << sorted.back() << ", want below " << squares.size());
  COHEAR_REQUIRE(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), Code::kValue,
                 "embedding: a row is named twice; add up the gradients of each row first");
  const float rate = static_cast<float>(options.learning_rate), epsilon = static_cast<float>(options.epsilon);
  ParallelFor(rows.size(), 256, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const float* g = gradient.data() + i * width;
      float& sum = squares[rows[i]];
      sum += Dot(g, g, width) / static_cast<float>(width);
      AddScaled(table.data() + size_t{rows[i]} * width, g, -rate / (std::sqrt(sum) + epsilon), width);
    }
  });
}

}  // namespace cohear
