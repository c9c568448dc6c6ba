// What the tests of the tensor layer share.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include "core/error.h"
#include "core/pool.h"
#include "core/random.h"

namespace cohear::testing {

// Numbers in [-1, 1), a function of the seed.
inline std::vector<float> Random(size_t size, uint32_t seed) {
  Draws draws(seed, 0, 0, 0);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(draws.Next() >> 8) * 0x1p-23f - 1.0f;
  return values;
}

template <class A, class B>
void ExpectClose(const A& got, const B& want, double atol = 1e-5, double rtol = 1e-5) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], want[i], atol + rtol * std::abs(static_cast<double>(want[i]))) << "at " << i;
}

// The same bits at 1, 2 and 7 threads.
inline void ExpectSameBits(const std::function<std::vector<float>()>& run) {
  const int before = Threads();
  SetThreads(1);
  const std::vector<float> want = run();
  for (const int threads : {2, 7}) {
    SetThreads(threads);
    const std::vector<float> got = run();
    ASSERT_EQ(got.size(), want.size());
    EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0) << threads << " threads";
  }
  SetThreads(before);
}

template <class F>
Code CodeOf(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing thrown";
  return Code::kInternal;
}

}  // namespace cohear::testing
