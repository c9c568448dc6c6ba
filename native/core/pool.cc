#include "core/pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace cohear {
namespace {

thread_local bool inside_grain = false;
std::atomic<void (*)()> thread_hook{nullptr};

void RunHookOnce() {
  thread_local void (*ran)() = nullptr;
  auto hook = thread_hook.load(std::memory_order_acquire);
  if (hook != ran) {
    ran = hook;
    if (hook) hook();
  }
}

struct Job {
  size_t count, grain, grains;
  const std::function<void(size_t, size_t)>* body;
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error;  // written by the one thread that set `failed`
  // Pool threads inside. Raised under Pool::mutex_; once lowered to 0 with the job out of the list, it stays
  // there.
  std::atomic<int> workers{0};
};

// Threads that have nothing to do look around for so long before they sleep: waking up costs more than many
// kernels, and the next one is often as far away as tfjs needs to put a loss or an optimiser's update
// together.
constexpr auto kSpin = std::chrono::microseconds(200);

inline void Pause() {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits for `done()` for kSpin at most; returns what it says last.
template <class Done>
bool Spin(const Done& done) {
  const auto until = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < until);
  return done();
}

void RunGrains(Job& job) {
  RunHookOnce();
  FlushDenormals flush;
  inside_grain = true;
  for (;;) {
    const size_t index = job.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= job.grains || job.failed.load(std::memory_order_relaxed)) break;
    const size_t begin = index * job.grain;
    try {
      (*job.body)(begin, std::min(job.count, begin + job.grain));
    } catch (...) {
      if (!job.failed.exchange(true)) job.error = std::current_exception();
    }
  }
  inside_grain = false;
}

int Processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

int DefaultThreads() {
  if (const char* text = std::getenv("COHEAR_THREADS")) {
    const int threads = std::atoi(text);
    if (threads >= 1) return std::min(threads, 1024);
  }
  return Processors();
}

class Pool {
 public:
  Pool() : threads_(DefaultThreads()), spins_(threads_ <= Processors()) {}
  ~Pool() { Stop(); }

  int threads() {
    std::lock_guard lock(mutex_);
    return threads_;
  }

  void Resize(int threads) {
    COHEAR_REQUIRE(threads >= 1 && threads <= 1024, Code::kRange,
                   "threads is " << threads << ", want a whole number from 1 to 1024");
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return jobs_.empty(); });
    lock.unlock();
    Stop();
    lock.lock();
    stopping_ = false;
    threads_ = threads;
    spins_ = threads <= Processors();
  }

  void Run(Job& job) {
    std::list<Job*>::iterator place;
    {
      std::lock_guard lock(mutex_);
      while (static_cast<int>(workers_.size()) < threads_ - 1) workers_.emplace_back([this] { Work(); });
      place = jobs_.insert(jobs_.end(), &job);
      arrivals_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    RunGrains(job);
    std::unique_lock lock(mutex_);
    jobs_.erase(place);  // no thread can enter it any more
    if (jobs_.empty()) idle_.notify_all();
    const auto left = [&] { return job.workers.load(std::memory_order_acquire) == 0; };
    if (left()) return;
    if (spins_) {
      lock.unlock();
      if (Spin(left)) return;
      lock.lock();
    }
    done_.wait(lock, left);
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      for (Job* candidate : jobs_) {
        if (candidate->next.load(std::memory_order_relaxed) < candidate->grains) {
          job = candidate;
          break;
        }
      }
      if (job == nullptr) {
        if (stopping_) return;
        const uint64_t seen = arrivals_.load(std::memory_order_relaxed);
        if (spins_) {
          lock.unlock();
          Spin([&] { return arrivals_.load(std::memory_order_acquire) != seen; });
          lock.lock();
        }
        if (arrivals_.load(std::memory_order_relaxed) == seen && !stopping_) wake_.wait(lock);
        continue;
      }
      job->workers.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      RunGrains(*job);
      // The job lives in its caller's frame, which may be gone as soon as the count is lowered.
      job->workers.fetch_sub(1, std::memory_order_release);
      lock.lock();
      done_.notify_all();
    }
  }

  void Stop() {
    std::vector<std::thread> workers;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      workers.swap(workers_);
    }
    wake_.notify_all();
    for (auto& worker : workers) worker.join();
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_, idle_;
  std::list<Job*> jobs_;
  std::vector<std::thread> workers_;
  int threads_;
  bool spins_;  // with more threads than processors, one that spins keeps another from working
  std::atomic<uint64_t> arrivals_{0};  // jobs so far
  bool stopping_ = false;
};

// Never destroyed: at process exit its threads may still sleep, and joining them from a static destructor
// can hang when the process leaves through exit() on another thread.
Pool& ThePool() {
  static Pool* pool = new Pool;
  return *pool;
}

}  // namespace

void ParallelFor(size_t count, size_t grain, const std::function<void(size_t, size_t)>& body) {
  if (count == 0) return;
  COHEAR_ASSERT(grain > 0, "a grain of 0");
  Job job;
  job.count = count;
  job.grain = grain;
  job.grains = (count + grain - 1) / grain;
  job.body = &body;
  if (inside_grain) {
    for (size_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain));
    return;
  }
  if (job.grains == 1) {
    RunGrains(job);
  } else {
    ThePool().Run(job);
  }
  if (job.error) std::rethrow_exception(job.error);
}

int Threads() { return ThePool().threads(); }
void SetThreads(int threads) { ThePool().Resize(threads); }
void OnThreadStart(void (*hook)()) { thread_hook.store(hook, std::memory_order_release); }

#if defined(__SSE2__)
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) {
  _mm_setcsr(static_cast<unsigned>(saved_) | 0x8040u);
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(static_cast<unsigned>(saved_)); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() {
  asm volatile("mrs %0, fpcr" : "=r"(saved_));
  asm volatile("msr fpcr, %0" ::"r"(saved_ | (uint64_t{1} << 24)));
}
FlushDenormals::~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(saved_)); }
#else
FlushDenormals::FlushDenormals() : saved_(0) {}
FlushDenormals::~FlushDenormals() {}
#endif

}  // namespace cohear
