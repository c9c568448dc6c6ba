#include "core/huge_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace cohear {
namespace {

TEST(HugePages, LeaveWhatIsThere) {
  std::vector<uint32_t> values((size_t{9} << 20) / sizeof(uint32_t));
  std::iota(values.begin(), values.end(), 0u);
  for (const size_t skipped : {size_t{0}, size_t{1}, size_t{1000}}) {
    UseHugePages(values.data() + skipped, (values.size() - skipped) * sizeof(uint32_t));
  }
  UseHugePages(values.data(), 100);
  UseHugePages(nullptr, size_t{8} << 20);
  for (uint32_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], i);
  values[12345] = 7;  // still ours to write
  EXPECT_EQ(values[12345], 7u);
}

}  // namespace
}  // namespace cohear
