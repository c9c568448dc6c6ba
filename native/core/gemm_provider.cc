// Finds the library that multiplies matrices. Opened by name at run time and never closed.
#include <dlfcn.h>
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/gemm.h"
#include "core/simd.h"

namespace cohear::gemm {
namespace {

// dnnl_sgemm: row-major, 64-bit sizes, returns 0 on success.
using DnnlSgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*,
                          int64_t, float, float*, int64_t);
using CblasSgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float,
                            float*, int);

// Written once, before any thread multiplies.
DnnlSgemm dnnl_sgemm = nullptr;
void (*omp_set_threads)(int) = nullptr;
CblasSgemm cblas_sgemm = nullptr;

template <class F>
F Symbol(void* library, const char* name) {
  return reinterpret_cast<F>(dlsym(library, name));
}

// Holds back the signals of this thread for a scope. oneDNN's generated code (2.6 and its AVX-512 kernels for
// odd sizes, at least) moves the stack pointer into its workspace on the heap: a handler that ran meanwhile,
// be it for Ctrl-C or of a profiler, would write its frame over whatever lies there. Faults are not held
// back.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigfillset(&held);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT}) sigdelset(&held, fault);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

void MultiplyOneDnn(const GemmArgs& g) {
  const SignalsHeld held;
  const auto size = [](size_t value) { return static_cast<int64_t>(value); };
  const int status =
      dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', size(g.m), size(g.n), size(g.k), 1.0f,
                 g.a, size(g.lda), g.b, size(g.ldb), g.accumulate ? 1.0f : 0.0f, g.c, size(g.ldc));
  COHEAR_ASSERT(status == 0, "dnnl_sgemm returned status " << status);
}

void MultiplyCblas(const GemmArgs& g) {
  constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;
  const auto size = [](size_t value) {
    COHEAR_REQUIRE(value <= INT32_MAX, Code::kRange,
                   "matMul: a side of " << value << " is too long for CBLAS");
    return static_cast<int>(value);
  };
  cblas_sgemm(kRowMajor, g.transpose_a ? kTransposed : kPlain, g.transpose_b ? kTransposed : kPlain,
              size(g.m), size(g.n), size(g.k), 1.0f, g.a, size(g.lda), g.b, size(g.ldb),
              g.accumulate ? 1.0f : 0.0f, g.c, size(g.ldc));
}

// oneDNN's own OpenMP threads would spin against our pool: each of our threads keeps it to itself.
void KeepOpenMpSingle() {
  if (omp_set_threads) omp_set_threads(1);
}

bool OpenOneDnn(Provider& provider, std::string& failed) {
#if defined(__APPLE__)
  const char* names[] = {"libdnnl.3.dylib", "libdnnl.2.dylib"};
#else
  const char* names[] = {"libdnnl.so.3", "libdnnl.so.2"};
#endif
  for (const char* name : names) {
    void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    dnnl_sgemm = Symbol<DnnlSgemm>(library, "dnnl_sgemm");
    if (dnnl_sgemm == nullptr) continue;
    omp_set_threads =
        Symbol<void (*)(int)>(library, "omp_set_num_threads");  // from the OpenMP it is linked to
    if (omp_set_threads == nullptr) {
      if (void* omp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL))
        omp_set_threads = Symbol<void (*)(int)>(omp, "omp_set_num_threads");
    }
    provider.multiply = MultiplyOneDnn;
    provider.thread_start = KeepOpenMpSingle;
    provider.info = {"onednn", std::string(name) + " was found"};
    return true;
  }
  failed += "oneDNN (libdnnl) was not found; ";
  return false;
}

bool OpenCblas(Provider& provider, std::string& failed) {
#if defined(__APPLE__)
  const char* names[] = {"/System/Library/Frameworks/Accelerate.framework/Accelerate", "libopenblas.dylib"};
#else
  const char* names[] = {"libopenblas.so.0", "libopenblas.so"};
#endif
  for (const char* name : names) {
    void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    cblas_sgemm = Symbol<CblasSgemm>(library, "cblas_sgemm");
    if (cblas_sgemm == nullptr) continue;
    if (auto set_threads = Symbol<void (*)(int)>(library, "openblas_set_num_threads")) set_threads(1);
    omp_set_threads = Symbol<void (*)(int)>(library, "omp_set_num_threads");
    provider.multiply = MultiplyCblas;
    provider.thread_start = KeepOpenMpSingle;
    provider.info = {"cblas", failed + name + " was found"};
    return true;
  }
  failed += "a CBLAS (libopenblas) was not found; ";
  return false;
}

Provider Own(std::string why) {
  Provider provider;
  provider.multiply = MultiplyOwn;
  provider.on_pool = MultiplyOwnOnPool;
  provider.info = {"cohear", std::move(why)};
  return provider;
}

// With AVX2 and no AVX-512 our own kernel comes first: oneDNN 2 has two thirds of its rate at widths that are
// powers of two (docs/tensor.md has the figures). With AVX-512 the libraries are a little ahead of it.
Provider Choose() {
  const char* text = std::getenv("COHEAR_GEMM");
  const std::string forced = text ? text : "";
  COHEAR_REQUIRE(forced.empty() || forced == "onednn" || forced == "cblas" || forced == "cohear",
                 Code::kValue, "COHEAR_GEMM is \"" << forced << "\", want onednn, cblas, cohear or nothing");
  if (forced == "cohear") return Own("COHEAR_GEMM asks for it");
#if defined(COHEAR_SANITIZE)
  if (forced.empty()) return Own("the sanitizer cannot see into a library");
#endif
  if (forced.empty() && VectorBytes() == 32)
    return Own("our own kernel, the fastest on processors with AVX2 and no AVX-512");
  Provider provider;
  std::string failed;
  if (forced != "cblas" && OpenOneDnn(provider, failed)) return provider;
  if (forced != "onednn" && OpenCblas(provider, failed)) return provider;
  COHEAR_REQUIRE(
      forced.empty(), Code::kValue,
      "COHEAR_GEMM asks for " << forced << " but " << failed << "install it, or leave COHEAR_GEMM unset");
  return Own(failed + "using our own kernel");
}

}  // namespace

const Provider& GetProvider() {
  static const Provider* provider = new Provider(Choose());
  return *provider;
}

}  // namespace cohear::gemm
