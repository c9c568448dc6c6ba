#include "core/pool.h"

#include <atomic>
#include <cfloat>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "../testing.h"

namespace cohear {
namespace {

TEST(Pool, CoversEveryIndexOnceInFixedGrains) {
  for (int threads : {1, 2, 7}) {
    WithThreads with(threads);
    for (size_t count : {0u, 1u, 9u, 10u, 11u, 1000u}) {
      std::vector<std::atomic<int>> seen(count);
      ParallelFor(count, 10, [&](size_t begin, size_t end) {
        EXPECT_EQ(begin % 10, 0u);
        EXPECT_EQ(end, std::min(count, begin + 10));
        for (size_t i = begin; i < end; ++i) ++seen[i];
      });
      for (size_t i = 0; i < count; ++i) EXPECT_EQ(seen[i], 1) << i << " of " << count;
    }
  }
}

TEST(Pool, UsesAsManyThreadsAsItWasTold) {
  WithThreads with(3);
  EXPECT_EQ(Threads(), 3);
  // Every grain waits until three threads are in: it would never end with fewer.
  std::atomic<int> inside{0};
  ParallelFor(3, 1, [&](size_t, size_t) {
    ++inside;
    while (inside < 3) std::this_thread::yield();
  });
  EXPECT_EQ(inside, 3);
}

TEST(Pool, OneThreadIsTheCaller) {
  WithThreads with(1);
  const auto self = std::this_thread::get_id();
  ParallelFor(50, 1, [&](size_t, size_t) { EXPECT_EQ(std::this_thread::get_id(), self); });
}

TEST(Pool, ThrowsTheFirstErrorOnceAndWorksOn) {
  for (int threads : {1, 2, 7}) {
    WithThreads with(threads);
    std::atomic<int> ran{0};
    EXPECT_THROW(ParallelFor(10000, 1,
                             [&](size_t begin, size_t) {
                               ++ran;
                               if (begin == 5) throw std::invalid_argument("five");
                             }),
                 std::invalid_argument);
    EXPECT_GE(ran, 6);
    ran = 0;
    ParallelFor(100, 1, [&](size_t, size_t) { ++ran; });
    EXPECT_EQ(ran, 100);
  }
}

TEST(Pool, StopsBeginningGrainsAfterAnError) {
  WithThreads with(1);
  int ran = 0;
  EXPECT_THROW(ParallelFor(1000, 1,
                           [&](size_t begin, size_t) {
                             ++ran;
                             if (begin == 3) throw 1;
                           }),
               int);
  EXPECT_EQ(ran, 4);
}

TEST(Pool, RunsNestedLoopsInLine) {
  WithThreads with(4);
  std::atomic<int> sum{0};
  ParallelFor(8, 1, [&](size_t, size_t) {
    const auto self = std::this_thread::get_id();
    ParallelFor(16, 3, [&](size_t begin, size_t end) {
      EXPECT_EQ(std::this_thread::get_id(), self);
      sum += static_cast<int>(end - begin);
    });
  });
  EXPECT_EQ(sum, 8 * 16);
}

TEST(Pool, ServesSeveralCallersAtOnce) {
  WithThreads with(3);
  std::atomic<int> sum{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        ParallelFor(20, 1, [&](size_t, size_t) { ++sum; });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 50 * 20);
}

TEST(Pool, ResizingWaitsForRunningWork) {
  WithThreads with(2);
  std::atomic<int> done{0};
  std::atomic<bool> begun{false};
  std::thread caller([&] {
    ParallelFor(4, 1, [&](size_t, size_t) {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++done;
    });
  });
  while (!begun) std::this_thread::yield();
  SetThreads(5);
  EXPECT_EQ(done, 4);
  caller.join();
}

TEST(Pool, RefusesAThreadCountOfNoUse) {
  EXPECT_EQ(CodeOf([] { SetThreads(0); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([] { SetThreads(-1); }), "ERR_RANGE");
  EXPECT_EQ(CodeOf([] { SetThreads(1025); }), "ERR_RANGE");
}

TEST(Pool, FlushesDenormalsInsideGrainsOnly) {
  volatile float tiny = FLT_MIN;
  for (int threads : {1, 2}) {
    WithThreads with(threads);
    ParallelFor(20, 1, [&](size_t, size_t) { EXPECT_EQ(tiny * 0.5f, 0.0f); });
    EXPECT_GT(tiny * 0.5f, 0.0f);
  }
}

std::atomic<int> hooked{0};
TEST(Pool, RunsTheHookOnceOnEveryThread) {
  hooked = 0;
  {
    WithThreads with(3);
    OnThreadStart([] { ++hooked; });
    for (int round = 0; round < 3; ++round) {
      std::atomic<int> inside{0};
      ParallelFor(3, 1, [&](size_t, size_t) {
        ++inside;
        while (inside < 3) std::this_thread::yield();
      });
    }
    EXPECT_EQ(hooked, 3);
    OnThreadStart(nullptr);
  }
}

}  // namespace
}  // namespace cohear
