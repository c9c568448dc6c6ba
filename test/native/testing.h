// What native tests share.
#pragma once
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/pool.h"
#include "core/random.h"

namespace cohear {

// The code of the Error that body throws.
template <class Body>
std::string CodeOf(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return CodeName(error.code());
  }
  return "no error";
}

// Sets the number of threads for a scope.
class WithThreads {
 public:
  explicit WithThreads(int threads) : before_(Threads()) { SetThreads(threads); }
  ~WithThreads() { SetThreads(before_); }

 private:
  const int before_;
};

}  // namespace cohear
