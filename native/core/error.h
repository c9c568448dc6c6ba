// The one exception type of the core, and the two ways to raise it:
// COHEAR_REQUIRE for the caller's fault, COHEAR_ASSERT for ours.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace cohear {

// A closed list; lib/errors/index.ts holds the same names.
enum class Code { kDtype, kShape, kRange, kValue, kClosed, kFormat, kMemory, kCancelled, kIo, kInternal };

const char* CodeName(Code code);

class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Code code() const { return code_; }

 private:
  Code code_;
};

}  // namespace cohear

// The text says what was wanted, what came, and what to do.
#define COHEAR_REQUIRE(condition, code, text)         \
  do {                                                \
    if (!(condition)) {                               \
      std::ostringstream cohear_text;                 \
      cohear_text << text;                            \
      throw ::cohear::Error(code, cohear_text.str()); \
    }                                                 \
  } while (false)

#define COHEAR_ASSERT(condition, text)      \
  COHEAR_REQUIRE(                           \
      condition, ::cohear::Code::kInternal, \
      "internal error at " << __FILE__ << ":" << __LINE__ << ": " << text << " (please report this)")
