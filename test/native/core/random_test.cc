#include "core/random.h"

#include <vector>

#include "../testing.h"

namespace cohear {
namespace {

// Known answers of the authors' own test (Random123, kat_vectors, philox4x32 with 10 rounds). The key is two
// words, low word first.
TEST(Philox, PublishedVectors) {
  EXPECT_EQ(Philox(0, {0, 0, 0, 0}), (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t all = 0xffffffff;
  EXPECT_EQ(Philox(~uint64_t{0}, {all, all, all, all}),
            (Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox(uint64_t{0x299f31d0} << 32 | 0xa4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, BelowCoversItsRangeEvenly) {
  EXPECT_EQ(Below(0, 10), 0u);
  EXPECT_EQ(Below(0xffffffff, 10), 9u);
  EXPECT_EQ(Below(0xffffffff, 1), 0u);
  EXPECT_EQ(Below(0x80000000, 10), 5u);
  std::vector<int> counts(10);
  Draws draws(42, 1, 2, 3);
  for (int i = 0; i < 100000; ++i) ++counts[draws.NextBelow(10)];
  double chi = 0;
  for (const int count : counts) chi += (count - 10000.0) * (count - 10000.0) / 10000.0;
  EXPECT_LT(chi, 27.9);  // 99.9 % quantile at 9 degrees of freedom
}

TEST(Draws, AreTheBlocksOfTheirStreamInOrder) {
  Draws draws(7, 10, 20, 30);
  for (uint32_t block = 0; block < 3; ++block) {
    const Counter want = Philox(7, {block, 10, 20, 30});
    for (const uint32_t word : want) EXPECT_EQ(draws.Next(), word);
  }
}

TEST(Draws, TakenTogetherAreThoseTakenOneByOne) {
  for (uint64_t seed : {uint64_t{0}, uint64_t{7}, ~uint64_t{0} - 12}) {
    for (uint32_t first : {0u, 1u, 3u, 4u, 6u}) {
      for (uint32_t n = 0; n < 70; ++n) {
        Draws together(seed, ~0u, n, first), one_by_one(seed, ~0u, n, first);
        for (uint32_t i = 0; i < first; ++i) EXPECT_EQ(together.Next(), one_by_one.Next());
        std::vector<uint32_t> taken(n + Draws::kSpare + 1, 12345);
        together.Take(n, taken.data());
        for (uint32_t i = 0; i < n; ++i) ASSERT_EQ(taken[i], one_by_one.Next()) << n << " " << i;
        EXPECT_EQ(taken.back(), 12345u);
        EXPECT_EQ(together.Next(), one_by_one.Next());
      }
    }
  }
}

TEST(Draws, DifferWithEveryCoordinate) {
  const uint32_t first = Draws(1, 2, 3, 4).Next();
  EXPECT_EQ(first, Draws(1, 2, 3, 4).Next());
  EXPECT_NE(first, Draws(0, 2, 3, 4).Next());
  EXPECT_NE(first, Draws(1 + (uint64_t{1} << 32), 2, 3, 4).Next());
  EXPECT_NE(first, Draws(1, 0, 3, 4).Next());
  EXPECT_NE(first, Draws(1, 2, 0, 4).Next());
  EXPECT_NE(first, Draws(1, 2, 3, 0).Next());
}

}  // namespace
}  // namespace cohear
