#include "linalg/als.h"
#include "linalg/bpr.h"
#include "plain.h"

namespace cohear {
namespace {

double Product(const std::vector<float>& a, size_t i, const std::vector<float>& b, size_t j, size_t f) {
  double sum = 0;
  for (size_t k = 0; k < f; ++k) sum += double{a[i * f + k]} * b[j * f + k];
  return sum;
}

void ExpectSolved(const Interactions& x, const AlsOptions& options) {
  const Factors got = Als(x, options);
  // The items were solved last: (X'X + reg + (c - 1) sum of x x') y = c sum of x, over the item's users.
  const size_t f = options.factors;
  for (size_t item = 0; item < x.items(); ++item) {
    const auto own = x.by_item()[item];
    std::vector<double> left(f), right(f);
    for (size_t k = 0; k < f; ++k) left[k] = options.regularization * got.items[item * f + k];
    for (size_t u = 0; u < x.users(); ++u) {
      const bool taken = std::find(own.begin(), own.end(), u) != own.end();
      const double weight = (taken ? options.confidence : 1) * Product(got.users, u, got.items, item, f);
      for (size_t k = 0; k < f; ++k) {
        left[k] += weight * got.users[u * f + k];
        if (taken) right[k] += options.confidence * got.users[u * f + k];
      }
    }
    for (size_t k = 0; k < f; ++k) ASSERT_NEAR(left[k], right[k], 1e-3) << item;
  }
}

TEST(Als, WithStepsEnoughAnItemSolvesItsNormalEquations) {
  const Interactions x = RandomInteractions(5, 70, 50, 10);
  const AlsOptions options{
      .factors = 6, .regularization = 0.5f, .confidence = 8, .iterations = 3, .steps = 40};
  ExpectSolved(x, options);
  const Factors got = Als(x, options);
  for (size_t k = 0; k < options.factors; ++k) EXPECT_EQ(got.users[10 * options.factors + k], 0);
}

TEST(Als, SolvesAtAnyWidthAndWithRowsThatGoAlone) {
  const Interactions x = RandomInteractions(6, 170, 90, 20);
  for (const size_t factors : {1, 16, 35})
    ExpectSolved(x,
                 {.factors = factors, .regularization = 0.5f, .confidence = 3, .iterations = 2, .steps = 80});
  ExpectSolved(x, {.factors = 5, .regularization = 0.5f, .confidence = 1, .iterations = 2, .steps = 40});
  // So wide that the factors of two rows' items are more than is gathered at once.
  ExpectSolved(RandomInteractions(7, 130, 12, 130),
               {.factors = 1500, .regularization = 5, .confidence = 2, .iterations = 1, .steps = 40});
}

TEST(Als, TwoBlocksComeApart) {
  // Users 0 to 3 take items 0 to 3, users 4 to 7 items 4 to 7, each all but one.
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  for (Row u = 0; u < 8; ++u) {
    for (Row i = u / 4 * 4; i < u / 4 * 4 + 4; ++i) {
      if (i != u) indices.push_back(i);
    }
    offsets.push_back(indices.size());
  }
  const Interactions x(CsrView{offsets, indices}, 8);
  const Factors als = Als(x, {.factors = 2, .confidence = 5});
  for (Row u = 0; u < 8; ++u) {
    for (Row i = (u / 4 * 4 + 4) % 8, k = 0; k < 4; ++i, ++k) {
      EXPECT_GT(Product(als.users, u, als.items, u, 2), Product(als.users, u, als.items, i, 2)) << u;
    }
  }
}

TEST(Bpr, RanksWhatWasTakenAboveWhatWasNot) {
  const Interactions x = RandomInteractions(8, 100, 60, 8);
  const auto auc = [&](const Factors& factors) {
    size_t above = 0, all = 0;
    for (size_t u = 0; u < x.users(); ++u) {
      for (const Row i : x.by_user()[u]) {
        for (Row j = 0; j < x.items(); ++j) {
          const auto own = x.by_user()[u];
          if (std::find(own.begin(), own.end(), j) != own.end()) continue;
          above +=
              Product(factors.users, u, factors.items, i, 8) > Product(factors.users, u, factors.items, j, 8);
          ++all;
        }
      }
    }
    return static_cast<double>(above) / static_cast<double>(all);
  };
  const BprOptions options{.factors = 8, .learning_rate = 0.02f, .epochs = 0, .batch = 32};
  EXPECT_NEAR(auc(Bpr(x, options)), 0.5, 0.1);
  BprOptions trained = options;
  trained.epochs = 60;
  EXPECT_GT(auc(Bpr(x, trained)), 0.95);
}

TEST(Factors, SameBitsAtAnyNumberOfThreads) {
  const Interactions x = RandomInteractions(2, 400, 300, 12);
  std::vector<std::vector<float>> first;
  for (const int threads : {1, 2, 7}) {
    const WithThreads with(threads);
    const Factors als = Als(x, {.factors = 17, .confidence = 4, .iterations = 3});
    const Factors bpr = Bpr(x, {.factors = 17, .epochs = 3, .batch = 500});
    const std::vector<std::vector<float>> got{als.users, als.items, bpr.users, bpr.items};
    if (first.empty()) first = got;
    EXPECT_TRUE(first == got) << threads << " threads";
  }
}

TEST(Factors, RefuseWhatTheyCannotDo) {
  const Interactions x = RandomInteractions(2, 20, 10, 4);
  EXPECT_EQ(CodeOf([&] { Als(x, {.factors = 0}); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { Als(x, {.confidence = 0}); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { Bpr(x, {.batch = 0}); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { Bpr(x, {.learning_rate = 0}); }), "ERR_RANGE");
  int32_t cancel = 1, done = 0;
  EXPECT_EQ(CodeOf([&] { Als(x, {}, {&cancel, &done}); }), "ERR_CANCELLED");
  EXPECT_EQ(CodeOf([&] { Bpr(x, {}, {&cancel, &done}); }), "ERR_CANCELLED");
}

}  // namespace
}  // namespace cohear
