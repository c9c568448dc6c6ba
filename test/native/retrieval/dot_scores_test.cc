#include "retrieval/dot_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/pool.h"
#include "core/random.h"

namespace cohear {
namespace {

std::vector<float> Numbers(size_t count, uint32_t stream) {
  Draws draws(7, stream, 0, 0);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(draws.Next()) / 4294967296.0f - 0.5f;
  return out;
}

// The formula, one number at a time, in f32 and in the documented order.
std::vector<float> Reference(const std::vector<float>& queries, const std::vector<float>& items, size_t d,
                             const std::vector<float>& bias) {
  std::vector<float> out;
  for (size_t q = 0; q < queries.size() / d; ++q) {
    for (size_t i = 0; i < items.size() / d; ++i) {
      float sum = 0;
      for (size_t c = 0; c < d; ++c) sum += queries[q * d + c] * items[i * d + c];
      out.push_back(bias.empty() ? sum : sum + bias[i]);
    }
  }
  return out;
}

TEST(DotScores, ByHand) {
  const std::vector<float> queries{1, 2, 0, -1}, items{3, 4, 5, 6, 7, 8}, bias{0.5f, 0, -1};
  std::vector<float> out(6);
  DotScores(queries, items, 2, bias, out);
  EXPECT_EQ(out, (std::vector<float>{11.5f, 17, 22, -3.5f, -6, -9}));
  DotScores(queries, items, 2, {}, out);
  EXPECT_EQ(out, (std::vector<float>{11, 17, 23, -4, -6, -8}));
}

TEST(DotScores, EqualsTheReferenceAtAnyNumberOfThreads) {
  // Around the edges of tiles (6), panels (16), blocks (48) and stretches (16,384).
  const struct {
    size_t queries, items, d;
  } cases[] = {{1, 1, 1}, {5, 15, 3}, {6, 16, 8}, {7, 17, 9}, {48, 33, 5}, {100, 70, 20}, {3, 16390, 2}};
  for (const auto& [q, n, d] : cases) {
    const auto queries = Numbers(q * d, 1), items = Numbers(n * d, 2), bias = Numbers(n, 3);
    for (const std::vector<float>& added : {std::vector<float>{}, bias}) {
      const auto expected = Reference(queries, items, d, added);
      for (const int threads : {1, 2, 7}) {
        SetThreads(threads);
        std::vector<float> out(q * n, -1);
        DotScores(queries, items, d, added, out);
        EXPECT_EQ(out, expected) << q << " x " << n << " x " << d << ", " << threads << " threads";
      }
    }
  }
}

TEST(DotScores, PassesOnWhatIsNotFiniteToItsOwnScoresOnly) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> queries{1, 2}, items{1, infinity, 3};
  std::vector<float> out(6);
  DotScores(queries, items, 1, {}, out);
  EXPECT_EQ(out, (std::vector<float>{1, infinity, 3, 2, infinity, 6}));
}

TEST(DotScores, EmptyInputsAndWrongShapes) {
  const std::vector<float> two{1, 2}, three{1, 2, 3};
  std::vector<float> none, one(1);
  DotScores({}, two, 2, {}, none);
  DotScores(two, std::span<const float>(), 2, {}, none);
  EXPECT_THROW(DotScores(two, two, 0, {}, one), Error);
  EXPECT_THROW(DotScores(three, two, 2, {}, one), Error);
  EXPECT_THROW(DotScores(two, three, 2, {}, one), Error);
  EXPECT_THROW(DotScores(two, two, 2, two, one), Error);
  EXPECT_THROW(DotScores(two, two, 2, {}, none), Error);
}

}  // namespace
}  // namespace cohear
