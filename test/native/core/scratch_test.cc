#include "core/scratch.h"

#include <atomic>
#include <set>

#include "../testing.h"
#include "core/watch.h"

namespace cohear {
namespace {

TEST(Scratch, MakesNoMoreThanAreUsedAtOnce) {
  int made = 0;
  Scratch<int> scratch([&] { return std::make_unique<int>(++made); });
  {
    auto a = scratch.Take();
    auto b = scratch.Take();
    EXPECT_NE(&*a, &*b);
  }
  for (int i = 0; i < 10; ++i) scratch.Take();
  EXPECT_EQ(made, 2);
}

TEST(Watch, CountsAndStops) {
  int32_t cells[2] = {0, 0};
  const Watch watch{&cells[0], &cells[1]};
  WithThreads with(2);
  ParallelFor(1000, 10, [&](size_t begin, size_t end) { watch.Step(end - begin); });
  EXPECT_EQ(cells[1], 1000);
  cells[0] = 1;
  EXPECT_EQ(CodeOf([&] { watch.Step(1); }), "ERR_CANCELLED");
  Watch().Step(1);
}

}  // namespace
}  // namespace cohear
