#include "core/error.h"

#include <gtest/gtest.h>

namespace cohear {
namespace {

TEST(Error, RequireSaysWhatTheCallerDidWrong) {
  try {
    COHEAR_REQUIRE(1 > 2, Code::kRange, "k is " << 7 << ", want less");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kRange);
    EXPECT_STREQ(error.what(), "k is 7, want less");
  }
}

TEST(Error, RequireEvaluatesItsTextOnlyOnFailure) {
  int made = 0;
  COHEAR_REQUIRE(true, Code::kValue, ++made);
  EXPECT_EQ(made, 0);
}

TEST(Error, AssertNamesThePlace) {
  try {
    COHEAR_ASSERT(false, "lost");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInternal);
    const std::string text = error.what();
    EXPECT_NE(text.find("error_test.cc"), std::string::npos);
    EXPECT_NE(text.find("lost"), std::string::npos);
  }
}

TEST(Error, EveryCodeHasItsOwnName) {
  EXPECT_STREQ(CodeName(Code::kDtype), "ERR_DTYPE");
  EXPECT_STREQ(CodeName(Code::kShape), "ERR_SHAPE");
  EXPECT_STREQ(CodeName(Code::kRange), "ERR_RANGE");
  EXPECT_STREQ(CodeName(Code::kValue), "ERR_VALUE");
  EXPECT_STREQ(CodeName(Code::kClosed), "ERR_CLOSED");
  EXPECT_STREQ(CodeName(Code::kFormat), "ERR_FORMAT");
  EXPECT_STREQ(CodeName(Code::kMemory), "ERR_MEMORY");
  EXPECT_STREQ(CodeName(Code::kCancelled), "ERR_CANCELLED");
  EXPECT_STREQ(CodeName(Code::kIo), "ERR_IO");
  EXPECT_STREQ(CodeName(Code::kInternal), "ERR_INTERNAL");
}

}  // namespace
}  // namespace cohear
