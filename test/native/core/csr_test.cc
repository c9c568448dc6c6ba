#include "core/csr.h"

#include <vector>

#include "../testing.h"

namespace cohear {
namespace {

std::string Check(std::vector<Offset> offsets, std::vector<Row> indices, size_t columns) {
  return CodeOf([&] { CheckCsr({offsets, indices}, columns, "lists"); });
}

TEST(Csr, ReadsRows) {
  const std::vector<Offset> offsets{0, 2, 2, 3};
  const std::vector<Row> indices{5, 1, 4};
  const CsrView csr{offsets, indices};
  EXPECT_EQ(csr.rows(), 3u);
  EXPECT_EQ(std::vector<Row>(csr[0].begin(), csr[0].end()), (std::vector<Row>{5, 1}));
  EXPECT_TRUE(csr[1].empty());
  EXPECT_EQ(csr[2][0], 4u);
  EXPECT_EQ(CsrView{}.rows(), 0u);
}

TEST(Csr, TakesWhatIsSound) {
  EXPECT_EQ(Check({0}, {}, 0), "no error");
  EXPECT_EQ(Check({0, 0, 0}, {}, 0), "no error");
  EXPECT_EQ(Check({0, 2, 3}, {6, 0, 6}, 7), "no error");
}

TEST(Csr, RefusesWhatIsNot) {
  EXPECT_EQ(Check({}, {}, 5), "ERR_SHAPE");
  EXPECT_EQ(Check({1, 2}, {0, 0}, 5), "ERR_VALUE");
  EXPECT_EQ(Check({0, 2, 1}, {0}, 5), "ERR_VALUE");
  EXPECT_EQ(Check({0, 1}, {0, 1}, 5), "ERR_SHAPE");
  EXPECT_EQ(Check({0, 3}, {0, 1}, 5), "ERR_SHAPE");
  EXPECT_EQ(Check({0, uint64_t{1} << 63}, {0}, 5), "ERR_SHAPE");
  EXPECT_EQ(Check({0, 2}, {0, 5}, 5), "ERR_RANGE");
}

// Arrays are looked at many numbers at a time: nothing may hide between them.
TEST(Csr, SeesOneWrongNumberWhereverItStands) {
  for (size_t size = 1; size <= 70; ++size) {
    std::vector<Offset> offsets(size + 1);
    for (size_t i = 0; i <= size; ++i) offsets[i] = i;
    const std::vector<Row> indices(size, 6);
    ASSERT_EQ(Check(offsets, indices, 7), "no error");
    EXPECT_TRUE(AllBelow(indices, 7));
    for (size_t i = 0; i < size; ++i) {
      auto wrong = indices;
      wrong[i] = ~Row{0};
      ASSERT_EQ(Check(offsets, wrong, 7), "ERR_RANGE") << i << " of " << size;
      EXPECT_TRUE(AllBelow(wrong, size_t{1} << 32));
      auto falling = offsets;
      falling[i] = uint64_t{1} << 63;
      ASSERT_EQ(Check(falling, indices, 7), "ERR_VALUE") << i << " of " << size;
    }
  }
}

TEST(Csr, NamesTheArrayAndThePlace) {
  try {
    const std::vector<Offset> offsets{0, 1};
    const std::vector<Row> indices{9};
    CheckCsr({offsets, indices}, 5, "histories");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "histories: indices[0] is 9, want below 5");
  }
}

}  // namespace
}  // namespace cohear
