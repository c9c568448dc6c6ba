#include "tensor/adam.h"

#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

struct Parameter {
  std::vector<float> value, gradient, first, second;
  explicit Parameter(size_t size, uint32_t seed)
      : value(Random(size, seed)), gradient(Random(size, seed + 1)), first(size), second(size) {}
  AdamParameter view() { return {value, gradient, first, second, value}; }
};

TEST(Adam, AgreesWithItsDefinition) {
  for (const double clip : {0.0, 1.5}) {
    Parameter one(50'000, 1), two(3, 5);
    double squares = 0;
    for (const auto* p : {&one, &two})
      for (const float g : p->gradient) squares += double{g} * g;
    const double norm = std::sqrt(squares), scale = clip > 0 ? clip / norm : 1;
    std::vector<double> want;
    for (const auto* p : {&one, &two})
      for (size_t i = 0; i < p->value.size(); ++i) {
        double value = p->value[i], m = 0, v = 0;
        const double g = p->gradient[i] * scale;
        for (int t = 1; t <= 3; ++t) {
          m = 0.9 * m + 0.1 * g;
          v = 0.999 * v + 0.001 * g * g;
          value = value * (1 - 0.01 * 0.1) -
                  0.01 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
        }
        want.push_back(value);
      }
    for (uint64_t t = 1; t <= 3; ++t) {
      const double got = AdamStep({one.view(), two.view()},
                                  {.learning_rate = 0.01, .weight_decay = 0.1, .clip_norm = clip, .step = t});
      EXPECT_NEAR(got, clip > 0 ? norm : 0, 1e-6 * norm);
    }
    std::vector<float> got = one.value;
    got.insert(got.end(), two.value.begin(), two.value.end());
    testing::ExpectClose(got, want, 1e-5, 1e-4);
  }
}

TEST(Adam, SameBitsAtAnyNumberOfThreads) {
  testing::ExpectSameBits([] {
    Parameter p(100'000, 1);
    AdamStep({p.view()}, {.clip_norm = 1});
    return p.value;
  });
}

TEST(Adam, RefusesSizesThatDoNotFit) {
  Parameter p(10, 1);
  p.gradient.pop_back();
  EXPECT_EQ(testing::CodeOf([&] { AdamStep({p.view()}, {}); }), Code::kShape);
}

}  // namespace
}  // namespace cohear
