#include "linalg/ease.h"

#include "plain.h"

namespace cohear {
namespace {

constexpr size_t kEnough = size_t{1} << 30;

std::vector<float> ScoresOf(const Interactions& x, float l2) {
  const Ease ease(std::make_shared<const Interactions>(x), l2, kEnough);
  std::vector<Row> users(x.users());
  for (size_t u = 0; u < users.size(); ++u) users[u] = static_cast<Row>(u);
  std::vector<float> out(users.size() * x.items(), 9);
  ease.Score(users, out);
  return out;
}

TEST(Ease, IsTheClosedFormOnEitherSide) {
  for (const auto& [users, items] : {std::pair<size_t, size_t>{90, 40}, {40, 90}}) {
    const Interactions x = RandomInteractions(users, users, items, 12);
    const float l2 = 3;
    const Ease ease(std::make_shared<const Interactions>(x), l2, kEnough);
    EXPECT_EQ(ease.over_users(), users < items);
    const Dense dense = ToDense(x);
    Dense gram = Transposed(dense) * dense;
    for (size_t i = 0; i < items; ++i) gram[i][i] += l2;
    const Dense p = Inverse(gram);
    Dense b = Zeros(items, items);
    for (size_t i = 0; i < items; ++i) {
      for (size_t j = 0; j < items; ++j) b[i][j] = i == j ? 0 : -p[i][j] / p[j][j];
    }
    const Dense want = dense * b;
    const std::vector<float> got = ScoresOf(x, l2);
    for (size_t u = 0; u < users; ++u) {
      for (size_t i = 0; i < items; ++i) {
        ASSERT_NEAR(got[u * items + i], want[u][i], 1e-4) << users << " users: " << u << ", " << i;
      }
    }
  }
}

TEST(Ease, SameBitsAtAnyNumberOfThreads) {
  for (const auto& [users, items] : {std::pair<size_t, size_t>{90, 40}, {40, 90}}) {
    const Interactions x = RandomInteractions(3, users, items, 12);
    std::vector<float> first;
    for (const int threads : {1, 2, 7}) {
      const WithThreads with(threads);
      const std::vector<float> got = ScoresOf(x, 5);
      if (first.empty()) first = got;
      EXPECT_EQ(first, got);
    }
  }
}

TEST(Ease, RefusesWhatItCannotDo) {
  const auto x = std::make_shared<const Interactions>(RandomInteractions(1, 30, 20, 5));
  EXPECT_EQ(CodeOf([&] { Ease(x, 1, 1000); }), "ERR_MEMORY");
  EXPECT_EQ(CodeOf([&] { Ease(x, 0, kEnough); }), "ERR_RANGE");
  const Ease ease(x, 1, kEnough);
  std::vector<float> out(20);
  EXPECT_EQ(CodeOf([&] { ease.Score(std::vector<Row>{30}, out); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([&] { ease.Score(std::vector<Row>{1, 2}, out); }), "ERR_SHAPE");
  const std::vector<Offset> offsets{0, 2};
  const std::vector<Row> twice{1, 1};
  EXPECT_EQ(CodeOf([&] { Interactions(CsrView{offsets, twice}, 3); }), "ERR_VALUE");
}

}  // namespace
}  // namespace cohear
