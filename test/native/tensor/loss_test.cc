#include "tensor/max_margin.h"
#include "tensor/sampled_softmax.h"
#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

std::vector<uint32_t> RandomRows(size_t size, uint32_t below, uint32_t seed) {
  Draws draws(seed, 2, 0, 0);
  std::vector<uint32_t> rows(size);
  for (uint32_t& row : rows) row = draws.NextBelow(below);
  return rows;
}

TEST(MaxMargin, AgreesWithTheDefinition) {
  const size_t rows = 30, width = 19, pairs = 200, count = 3;
  const std::vector<float> z = Random(rows * width, 1);
  const auto a = RandomRows(pairs, rows, 1), p = RandomRows(pairs, rows, 2),
             n = RandomRows(pairs * count, rows, 3);
  double loss = 0;
  std::vector<double> slope(z.size());
  for (size_t i = 0; i < pairs; ++i)
    for (size_t j = i * count; j < (i + 1) * count; ++j) {
      double term = 0.25;
      for (size_t k = 0; k < width; ++k)
        term += double{z[a[i] * width + k]} * (double{z[n[j] * width + k]} - z[p[i] * width + k]);
      if (term <= 0) continue;
      loss += term / (pairs * count);
      for (size_t k = 0; k < width; ++k) {
        const double unit = 2.0 / (pairs * count);
        slope[a[i] * width + k] += unit * (double{z[n[j] * width + k]} - z[p[i] * width + k]);
        slope[n[j] * width + k] += unit * z[a[i] * width + k];
        slope[p[i] * width + k] -= unit * z[a[i] * width + k];
      }
    }
  const MarginLoss got = MaxMargin(z, rows, width, {a, p, n}, 0.25f);
  EXPECT_NEAR(got.loss, loss, 1e-6);
  std::vector<float> dz(z.size());
  MaxMarginBackward(z, rows, width, {a, p, n}, got.active, 2.0f, dz);
  testing::ExpectClose(dz, slope);
}

// All of one call: inputs, and gradients with the loss at their end.
struct Softmax {
  size_t batch = 60, extra = 25, width = 11;
  std::vector<float> users = Random(batch * width, 1), items = Random(batch * width, 2),
                     others = Random(extra * width, 3), log_q = Random(batch, 4), other_q = Random(extra, 5),
                     bias = Random(batch, 6), other_bias = Random(extra, 7), weights = Random(batch, 8);
  std::vector<uint32_t> ids = RandomRows(batch, 40, 1), other_ids = RandomRows(extra, 40, 2);
  std::vector<Offset> offsets;
  std::vector<Row> taken = RandomRows(2 * batch, 40, 3);
  Softmax() {
    for (size_t r = 0; r <= batch; ++r) offsets.push_back(2 * r);
    for (float& weight : weights) weight = std::abs(weight);
  }
  std::vector<float> Run() const {
    std::vector<float> du(users.size()), di(items.size()), dx(others.size()), db(batch), dc(extra);
    const float loss =
        static_cast<float>(SampledSoftmax({.width = width,
                                           .temperature = 0.3f,
                                           .users = users,
                                           .weights = weights,
                                           .items = {items, log_q, bias, ids, di, db},
                                           .extra = {others, other_q, other_bias, other_ids, dx, dc},
                                           .positives = {offsets, taken},
                                           .users_gradient = du}));
    for (const auto& part : {di, dx, db, dc, {loss}}) du.insert(du.end(), part.begin(), part.end());
    return du;
  }
};

// The definition, in double: every logit, every hit looked for.
std::vector<double> Reference(const Softmax& s) {
  const size_t columns = s.batch + s.extra, w = s.width;
  std::vector<double> du(s.users.size()), dv(columns * w), db(columns);
  double loss = 0, total = 0;
  for (const float weight : s.weights) total += weight;
  const auto item = [&](size_t c) { return c < s.batch ? &s.items[c * w] : &s.others[(c - s.batch) * w]; };
  for (size_t r = 0; r < s.batch; ++r) {
    std::vector<double> e(columns);
    double sum = 0;
    for (size_t c = 0; c < columns; ++c) {
      const bool own_side = c < s.batch;
      const uint32_t id = own_side ? s.ids[c] : s.other_ids[c - s.batch];
      if (c != r && (id == s.ids[r] || id == s.taken[2 * r] || id == s.taken[2 * r + 1])) continue;
      double logit = own_side ? double{s.bias[c]} - s.log_q[c]
                              : double{s.other_bias[c - s.batch]} - s.other_q[c - s.batch];
      for (size_t k = 0; k < w; ++k) logit += double{s.users[r * w + k]} * item(c)[k] / double{0.3f};
      sum += e[c] = std::exp(logit);
    }
    loss += s.weights[r] / total * (std::log(sum) - std::log(e[r]));
    for (size_t c = 0; c < columns; ++c) {
      const double slope = s.weights[r] / total * (e[c] / sum - (c == r ? 1 : 0));
      db[c] += slope;
      for (size_t k = 0; k < w; ++k) {
        du[r * w + k] += slope * item(c)[k] / double{0.3f};
        dv[c * w + k] += slope * s.users[r * w + k] / double{0.3f};
      }
    }
  }
  for (const auto& part : {dv, db, {loss}}) du.insert(du.end(), part.begin(), part.end());
  return du;
}

TEST(SampledSoftmax, AgreesWithTheDefinition) {
  const Softmax s;
  testing::ExpectClose(s.Run(), Reference(s), 2e-6, 1e-4);
}

TEST(SampledSoftmax, SameBitsAtAnyNumberOfThreads) {
  testing::ExpectSameBits([] { return Softmax().Run(); });
}

TEST(SampledSoftmax, RefusesWhatCannotBe) {
  const auto code = [](const std::function<void(Softmax&)>& spoil) {
    Softmax s;
    spoil(s);
    return testing::CodeOf([&] { s.Run(); });
  };
  EXPECT_EQ(code([](Softmax& s) { s.users.pop_back(); }), Code::kShape);
  EXPECT_EQ(code([](Softmax& s) { s.other_q.pop_back(); }), Code::kShape);
  EXPECT_EQ(code([](Softmax& s) { s.offsets.pop_back(); }), Code::kShape);
  EXPECT_EQ(code([](Softmax& s) { s.weights[3] = -1; }), Code::kValue);
  EXPECT_EQ(code([](Softmax& s) { s.log_q[3] = NAN; }), Code::kValue);
  EXPECT_EQ(code([](Softmax& s) { std::fill(s.weights.begin(), s.weights.end(), 0.0f); }), Code::kValue);
}

}  // namespace
}  // namespace cohear
