// Matrix products in f32, row-major: C = op(A) op(B), or C += op(A) op(B). The arithmetic comes from one of
// three providers, chosen once per process: our own kernel on processors with AVX2 and no AVX-512, else
// oneDNN, any CBLAS, or our own; the libraries are opened at run time, so nothing has to be installed.
// Results are the same bits at any number of threads, because C is cut in tiles by its shape alone and each
// tile is computed by one thread.
#pragma once
#include <cstddef>
#include <string>

namespace cohear {

// How products are computed; sums are f32 either way. kBf16 rounds both operands to bfloat16 first (8 bits of
// mantissa): twice as fast where the CPU has it, an error otherwise. Its kernel is ours, so its bits do not
// depend on the provider.
enum class Precision { kFloat32, kBf16 };

struct GemmArgs {
  size_t m = 0, n = 0, k = 0;  // C is m x n, op(A) m x k, op(B) k x n
  bool transpose_a = false;    // A is stored k x m
  bool transpose_b = false;    // B is stored n x k
  const float* a = nullptr;
  size_t lda = 0;  // floats from one stored row to the next
  const float* b = nullptr;
  size_t ldb = 0;
  float* c = nullptr;
  size_t ldc = 0;
  bool accumulate = false;  // add to C instead of overwriting it
  Precision precision = Precision::kFloat32;
};

// Called with a finished block of C (rows [row, row + rows), columns [column, column + columns)) on the
// thread that computed it, while it is still in cache: for a bias or an activation.
struct GemmEpilogue {
  void (*apply)(void* context, size_t row, size_t rows, size_t column, size_t columns) = nullptr;
  void* context = nullptr;
};

// The whole product on the pool. Inside a grain it runs on that grain's thread alone.
void Gemm(const GemmArgs& args, const GemmEpilogue& epilogue = {});

// The product on the calling thread: for callers that cut the work themselves, inside a ParallelFor grain.
void GemmOnThisThread(const GemmArgs& args);

struct GemmInfo {
  std::string name;  // "onednn", "cblas" or "cohear", our own
  std::string why;   // which library, or why the better ones are not used
};

// Opens the provider on first use. COHEAR_GEMM=onednn|cblas|cohear forces one; ERR_MISSING-like failure of
// a forced provider is an Error with Code::kValue that says what could not be opened.
const GemmInfo& GetGemmInfo();

// Whether this CPU multiplies bfloat16 (AVX512-BF16).
bool HasBf16();

namespace gemm {

struct Provider {
  void (*multiply)(const GemmArgs&) = nullptr;  // on one thread
  // The whole product on the pool, by a provider that shares what it packs; null where C is cut into tiles
  // that are multiplied each by itself.
  void (*on_pool)(const GemmArgs&, const GemmEpilogue&) = nullptr;
  void (*thread_start)() = nullptr;  // run once on each thread before its first product; may be null
  GemmInfo info;
};

void MultiplyOwn(const GemmArgs& args);
void MultiplyOwnOnPool(const GemmArgs& args, const GemmEpilogue& epilogue);
void MultiplyBf16(const GemmArgs& args);  // only where HasBf16()
const Provider& GetProvider();

}  // namespace gemm
}  // namespace cohear
