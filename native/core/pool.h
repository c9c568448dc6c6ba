// The one thread pool of the process. Work is cut in grains of a fixed size, never by the number of
// threads, so a result that depends only on its grain is the same at any number of threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

namespace cohear {

// Calls body(begin, end) for every grain of [0, count), on any threads, and returns when all are done.
// The caller works too. The first exception (in time) is rethrown here, once, after every running grain
// has ended; grains not yet begun are then left out. Inside a grain, For runs its grains in line.
// Denormals are flushed to zero inside a grain. May be called from several threads at once.
void ParallelFor(size_t count, size_t grain, const std::function<void(size_t begin, size_t end)>& body);

// Threads that ParallelFor uses, the caller included. Starts at the number of processors this process may
// use, or the environment variable COHEAR_THREADS.
int Threads();
void SetThreads(int threads);  // 1 or more; waits for running work

// Each pool thread and each caller runs this once before its first grain (a BLAS being told to stay
// single-threaded, for instance).
void OnThreadStart(void (*hook)());

// Sets flush-to-zero for a scope and restores what was set before.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;

 private:
  uint64_t saved_;
};

}  // namespace cohear
