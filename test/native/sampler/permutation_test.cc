#include "sampler/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cohear {
namespace {

std::vector<uint64_t> All(const Permutation& order) {
  std::vector<uint64_t> all;
  for (uint64_t i = 0; i < order.size(); ++i) all.push_back(order(i));
  return all;
}

TEST(Permutation, HoldsEveryNumberOnce) {
  for (uint64_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 1000, 4097, 70'000}) {
    for (uint32_t key = 0; key < 3; ++key) {
      std::vector<bool> seen(n, false);
      for (const uint64_t value : All(Permutation(n, Draws(1, key, 0, 0)))) {
        ASSERT_LT(value, n);
        ASSERT_FALSE(seen[value]) << value << " twice of " << n;
        seen[value] = true;
      }
    }
  }
}

TEST(Permutation, IsAFunctionOfItsKeysAndNeedsNoMemoryForLargeOnes) {
  EXPECT_EQ(All(Permutation(1000, Draws(1, 2, 3, 4))), All(Permutation(1000, Draws(1, 2, 3, 4))));
  EXPECT_NE(All(Permutation(1000, Draws(1, 2, 3, 4))), All(Permutation(1000, Draws(1, 2, 3, 5))));
  const uint64_t n = (uint64_t{1} << 40) + 12345;
  const Permutation order(n, Draws(1, 2, 3, 4));
  double mean = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    ASSERT_LT(order(i), n);
    mean += static_cast<double>(order(i)) / static_cast<double>(n) / 10'000;
  }
  EXPECT_NEAR(mean, 0.5, 0.015);  // five standard deviations
}

// Over many keys every number stands at every place about equally often, and every pair of numbers at the
// first two places.
TEST(Permutation, PlacesAreUniform) {
  for (const uint64_t n : {5u, 12u, 16u}) {
    const uint32_t rounds = 40'000;
    std::vector<double> places(n * n, 0), pairs(n * n, 0);
    for (uint32_t key = 0; key < rounds; ++key) {
      const Permutation order(n, Draws(7, key, 1, 0));
      for (uint64_t i = 0; i < n; ++i) ++places[i * n + order(i)];
      ++pairs[order(0) * n + order(1)];
    }
    const double cells = static_cast<double>(n), each = rounds / cells, both = rounds / (cells * (cells - 1));
    double chi_places = 0, chi_pairs = 0;
    for (uint64_t i = 0; i < n * n; ++i) {
      chi_places += (places[i] - each) * (places[i] - each) / each;
      if (i / n != i % n) chi_pairs += (pairs[i] - both) * (pairs[i] - both) / both;
    }
    // Five standard deviations above the mean, a chi-square's mean being its degrees of freedom.
    const double of_places = (cells - 1) * (cells - 1), of_pairs = cells * (cells - 1) - 1;
    EXPECT_LT(chi_places, of_places + 5 * std::sqrt(2 * of_places)) << n;
    EXPECT_LT(chi_pairs, of_pairs + 5 * std::sqrt(2 * of_pairs)) << n;
  }
}

}  // namespace
}  // namespace cohear
