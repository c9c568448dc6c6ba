#include "tensor/adam.h"

#include <cmath>

#include "core/error.h"
#include "core/simd.h"
#include "tensor/optimizer.h"

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

double AdamStep(const std::vector<AdamParameter>& parameters, const AdamOptions& o) {
  COHEAR_REQUIRE(o.step >= 1, Code::kRange, "adam: the first step is 1, got " << o.step);
  Arrays gradients;
  for (const AdamParameter& p : parameters) {
    const size_t size = p.value.size();
    COHEAR_REQUIRE(p.gradient.size() == size && p.first.size() == size && p.second.size() == size &&
                       p.out.size() == size,
                   Code::kShape,
                   "adam: parameter " << gradients.size() << " has " << size << " numbers, its gradient "
                                      << p.gradient.size() << ", its moments " << p.first.size() << " and "
                                      << p.second.size());
    gradients.push_back(p.gradient);
  }
  const double norm = o.clip_norm > 0 ? GlobalNorm(gradients) : 0;
  const double t = static_cast<double>(o.step);
  AdamScalars s{};
  s.clip = ClipScale(norm, o.clip_norm);
  s.beta1 = static_cast<float>(o.beta1);
  s.rest1 = static_cast<float>(1 - o.beta1);
  s.beta2 = static_cast<float>(o.beta2);
  s.rest2 = static_cast<float>(1 - o.beta2);
  s.rate = static_cast<float>(o.learning_rate / (1 - std::pow(o.beta1, t)));
  s.correction = static_cast<float>(1 / (1 - std::pow(o.beta2, t)));
  s.epsilon = static_cast<float>(o.epsilon);
  s.keep = static_cast<float>(1 - o.learning_rate * o.weight_decay);
  ForEachPiece(gradients, [&](size_t i, size_t begin, size_t size) {
    const AdamParameter& p = parameters[i];
    AdamUpdate(p.value.data() + begin, p.gradient.data() + begin, p.first.data() + begin,
               p.second.data() + begin, p.out.data() + begin, size, s);
  });
  return norm;
}

}  // namespace cohear
