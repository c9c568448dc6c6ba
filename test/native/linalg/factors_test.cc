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

TEST(Als, WithStepsEnoughAnItemSolvesItsNormalEquations) {
  const Interactions x = RandomInteractions(5, 70, 50, 10);
  const AlsOptions options{
      .factors = 6, .regularization = 0.5f, .confidence = 8, .iterations = 3, .steps = 40};
  const Factors got = Als(x, options);
  // The items were solved last: (X'X + reg + (c - 1) sum of x x') y = c sum of x, over the item's users.
  const size_t f = options.factors;
  for (size_t item = 0; item < x.items(); ++item) {
    for (size_t k = 0; k < f; ++k) {
      double left = options.regularization * got.items[item * f + k], right = 0;
      for (size_t u = 0; u < x.users(); ++u)
        left += got.users[u * f + k] * Product(got.users, u, got.items, item, f);
      for (const Row u : x.by_item()[item]) {
        left += (options.confidence - 1) * got.users[u * f + k] * Product(got.users, u, got.items, item, f);
        right += options.confidence * got.users[u * f + k];
      }
      ASSERT_NEAR(left, right, 1e-3) << item;
    }
  }
  for (size_t k = 0; k < f; ++k) EXPECT_EQ(got.users[10 * f + k], 0);  // user 10 has nothing
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
