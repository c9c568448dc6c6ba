#include "sampler/draw.h"

#include <gtest/gtest.h>

#include <set>

namespace cohear {
namespace {

// As the paper has it, with a set.
std::vector<uint32_t> Reference(Draws draws, uint32_t n, uint32_t k) {
  std::set<uint32_t> taken;
  std::vector<uint32_t> out;
  for (uint32_t j = n - k; j < n; ++j) {
    const uint32_t t = draws.NextBelow(j + 1);
    out.push_back(taken.insert(t).second ? t : j);
    taken.insert(out.back());
  }
  return out;
}

// One sampler for all, so that whatever a call leaves behind would be seen by the next.
TEST(Floyd, EqualsReferenceWhateverWasDrawnBefore) {
  FloydSampler floyd;
  uint32_t call = 0;
  for (const uint32_t n :
       {1u, 2u, 5u, 63u, 64u, 65u, 100u, 128u, 399u, 400u, 401u, 1023u, 1024u, 1025u, 5000u}) {
    for (const uint32_t k : {0u, 1u, 2u, 5u, 10u, 15u, 31u, 32u, 33u, 100u, n}) {
      if (k > n) continue;
      for (int repeat = 0; repeat < 50; ++repeat) {
        Draws draws(7, ++call, 1, 2);
        const std::vector<uint32_t> want = Reference(draws, n, k);
        std::vector<uint32_t> got(k);
        floyd.Sample(draws, n, k, got.data());
        ASSERT_EQ(got, want) << k << " of " << n;
      }
    }
  }
}

}  // namespace
}  // namespace cohear
