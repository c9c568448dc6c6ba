#include "core/in_order.h"

#include <vector>

#include "../testing.h"
#include "core/pool.h"

namespace cohear {
namespace {

TEST(InOrder, VisitsAllInOrderWhateverOrderTheyBecomeReadyIn) {
  std::vector<size_t> seen;
  InOrder turns(5);
  for (const size_t index : {3, 1, 0, 4, 2}) {
    turns.Ready(index, [&](size_t i) { seen.push_back(i); });
    if (index == 1) EXPECT_TRUE(seen.empty());
    if (index == 0) EXPECT_EQ(seen, (std::vector<size_t>{0, 1}));
  }
  EXPECT_EQ(seen, (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST(InOrder, VisitsDoNotOverlapOnManyThreads) {
  for (const int threads : {1, 2, 7}) {
    const WithThreads with(threads);
    for (int round = 0; round < 50; ++round) {
      constexpr size_t kCount = 1000;
      std::vector<size_t> seen;  // not guarded: that is the promise
      InOrder turns(kCount);
      ParallelFor(kCount, 1, [&](size_t begin, size_t) {
        turns.Ready(kCount - 1 - begin, [&](size_t i) { seen.push_back(i); });
      });
      ASSERT_EQ(seen.size(), kCount);
      for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(seen[i], i);
    }
  }
}

}  // namespace
}  // namespace cohear
