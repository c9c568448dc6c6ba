#include "tensor/adam.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"

namespace cohear {

struct AdamScalars {
  float clip, beta1, rest1, beta2, rest2, rate, correction, epsilon, keep;
};

COHEAR_SIMD void AdamUpdate(const float* p, const float* __restrict g, float* __restrict m,
                            float* __restrict v, float* out, size_t size, const AdamScalars& s) {
  for (size_t i = 0; i < size; ++i) {
    const float grad = s.clip * g[i];
    const float first = s.beta1 * m[i] + s.rest1 * grad;
    const float second = s.beta2 * v[i] + s.rest2 * (grad * grad);
    m[i] = first;
    v[i] = second;
    out[i] = s.keep * p[i] - s.rate * first / (std::sqrt(second * s.correction) + s.epsilon);
  }
}

COHEAR_SIMD double SumOfSquares(const float* x, size_t size) {
  double lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= size; i += 16)
    for (size_t lane = 0; lane < 16; ++lane) lanes[lane] += double{x[i + lane]} * x[i + lane];
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += double{x[i]} * x[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

namespace {

constexpr size_t kChunk = 16384;

struct Piece {
  size_t parameter, begin, size;
};

std::vector<Piece> Cut(const std::vector<AdamParameter>& parameters) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& p = parameters[i];
    const size_t size = p.value.size();
    COHEAR_REQUIRE(p.gradient.size() == size && p.first.size() == size && p.second.size() == size &&
                       p.out.size() == size,
                   Code::kShape,
                   "adam: parameter " << i << " has " << size << " numbers, its gradient "
                                      << p.gradient.size() << ", its moments " << p.first.size() << " and "
                                      << p.second.size());
    for (size_t begin = 0; begin < size; begin += kChunk)
      pieces.push_back({i, begin, std::min(kChunk, size - begin)});
  }
  return pieces;
}

}  // namespace

double AdamStep(const std::vector<AdamParameter>& parameters, const AdamOptions& o) {
  COHEAR_REQUIRE(o.step >= 1, Code::kRange, "adam: the first step is 1, got " << o.step);
  const std::vector<Piece> pieces = Cut(parameters);
  double norm = 0;
  if (o.clip_norm > 0) {
    std::vector<double> sums(pieces.size());
    ParallelFor(pieces.size(), 1, [&](size_t i, size_t) {
      sums[i] =
          SumOfSquares(parameters[pieces[i].parameter].gradient.data() + pieces[i].begin, pieces[i].size);
    });
    for (const double sum : sums) norm += sum;
    norm = std::sqrt(norm);
  }
  const double t = static_cast<double>(o.step);
  AdamScalars s{};
  s.clip = o.clip_norm > 0 && norm > o.clip_norm ? static_cast<float>(o.clip_norm / norm) : 1.0f;
  s.beta1 = static_cast<float>(o.beta1);
  s.rest1 = static_cast<float>(1 - o.beta1);
  s.beta2 = static_cast<float>(o.beta2);
  s.rest2 = static_cast<float>(1 - o.beta2);
  s.rate = static_cast<float>(o.learning_rate / (1 - std::pow(o.beta1, t)));
  s.correction = static_cast<float>(1 / (1 - std::pow(o.beta2, t)));
  s.epsilon = static_cast<float>(o.epsilon);
  s.keep = static_cast<float>(1 - o.learning_rate * o.weight_decay);
  ParallelFor(pieces.size(), 1, [&](size_t i, size_t) {
    const auto [parameter, begin, size] = pieces[i];
    const AdamParameter& p = parameters[parameter];
    AdamUpdate(p.value.data() + begin, p.gradient.data() + begin, p.first.data() + begin,
               p.second.data() + begin, p.out.data() + begin, size, s);
  });
  return norm;
}

}  // namespace cohear
