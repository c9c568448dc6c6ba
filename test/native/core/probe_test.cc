#include "core/probe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../testing.h"

namespace cohear {
namespace {

TEST(Probe, MeasuresSomethingAndRefusesTheRest) {
  for (const int threads : {1, 2}) {
    const WithThreads set(threads);
    for (const double rate : {ReadBandwidth({size_t{8} << 20, 2}), RandomReads({size_t{8} << 20, 2})}) {
      EXPECT_TRUE(std::isfinite(rate));
      EXPECT_GT(rate, 1e5);  // a hundred thousand a second: far below any machine
    }
  }
  EXPECT_EQ(CodeOf([] { ReadBandwidth({16, 1}); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([] { RandomReads({size_t{8} << 20, 0}); }), "ERR_RANGE");
}

}  // namespace
}  // namespace cohear
