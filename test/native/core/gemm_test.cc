#include "core/gemm.h"

#include <signal.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <bit>

#include "../tensor/testing.h"

namespace cohear {
namespace {

using testing::Random;

struct Case {
  size_t m, n, k;
};

// The definition, in double.
std::vector<double> Reference(const GemmArgs& g, const std::vector<float>& c) {
  std::vector<double> out(g.m * g.n);
  for (size_t i = 0; i < g.m; ++i)
    for (size_t j = 0; j < g.n; ++j) {
      double sum = g.accumulate ? c[i * g.n + j] : 0;
      for (size_t p = 0; p < g.k; ++p)
        sum += double{g.transpose_a ? g.a[p * g.lda + i] : g.a[i * g.lda + p]} *
               double{g.transpose_b ? g.b[j * g.ldb + p] : g.b[p * g.ldb + j]};
      out[i * g.n + j] = sum;
    }
  return out;
}

// Runs multiply over sizes that leave every kind of remainder, all transpositions, with and without
// accumulation.
void ExpectAgrees(
    void (*multiply)(const GemmArgs&), float (*operand)(float) = [](float x) { return x; }) {
  for (const Case& s :
       {Case{1, 1, 1}, Case{6, 16, 4}, Case{7, 17, 5}, Case{97, 33, 257}, Case{130, 530, 20}, Case{5, 3, 300},
        Case{70, 40, 9000}, Case{1, 700, 90}, Case{300, 1, 77}, Case{20, 1100, 35}, Case{150, 1030, 1040}}) {
    for (int flags = 0; flags < 8; ++flags) {
      GemmArgs g{
          .m = s.m, .n = s.n, .k = s.k, .transpose_a = (flags & 1) != 0, .transpose_b = (flags & 2) != 0};
      std::vector<float> a = Random(s.m * s.k, 1), b = Random(s.k * s.n, 2), c = Random(s.m * s.n, 3);
      g.a = a.data();
      g.lda = g.transpose_a ? s.m : s.k;
      g.b = b.data();
      g.ldb = g.transpose_b ? s.k : s.n;
      g.accumulate = (flags & 4) != 0;
      g.c = c.data();
      g.ldc = s.n;
      const std::vector<float> before = c;
      multiply(g);
      for (auto* x : {&a, &b}) std::transform(x->begin(), x->end(), x->begin(), operand);
      const std::vector<double> want = Reference(g, before);
      testing::ExpectClose(c, want, 1e-4 * std::sqrt(static_cast<double>(s.k)));
    }
  }
}

TEST(Gemm, OurOwnAgreesWithTheDefinition) {
  ExpectAgrees(gemm::MultiplyOwn);
  ExpectAgrees([](const GemmArgs& g) { gemm::MultiplyOwnOnPool(g, {}); });
}

// To the nearest bfloat16, ties to even.
float RoundToBf16(float x) {
  auto bits = std::bit_cast<uint32_t>(x);
  bits += 0x7fff + (bits >> 16 & 1);
  return std::bit_cast<float>(bits & 0xffff0000u);
}

TEST(Gemm, Bf16AgreesWithTheDefinitionOverRoundedOperands) {
  if (!HasBf16()) GTEST_SKIP() << "this CPU has no AVX512-BF16";
  ExpectAgrees(gemm::MultiplyBf16, RoundToBf16);
}

TEST(Gemm, Bf16GivesTheSameBitsAtAnyNumberOfThreads) {
  if (!HasBf16()) GTEST_SKIP() << "this CPU has no AVX512-BF16";
  const std::vector<float> a = Random(300 * 5000, 1), b = Random(5000 * 70, 2);
  testing::ExpectSameBits([&] {
    std::vector<float> c(300 * 70);
    Gemm({.m = 300,
          .n = 70,
          .k = 5000,
          .a = a.data(),
          .lda = 5000,
          .b = b.data(),
          .ldb = 70,
          .c = c.data(),
          .ldc = 70,
          .precision = Precision::kBf16});
    return c;
  });
}

TEST(Gemm, TheProviderAgreesWithTheDefinition) {
  ExpectAgrees(GemmOnThisThread);
  ExpectAgrees([](const GemmArgs& g) { Gemm(g); });
}

TEST(Gemm, SaysWhichProvider) {
  EXPECT_FALSE(GetGemmInfo().name.empty());
  EXPECT_FALSE(GetGemmInfo().why.empty());
}

TEST(Gemm, SameBitsAtAnyNumberOfThreads) {
  // Many tiles; few rows; few columns; a long k that is cut in chunks.
  for (const Case& s : {Case{513, 300, 128}, Case{3, 2000, 64}, Case{900, 8, 50}, Case{40, 24, 20000}}) {
    testing::ExpectSameBits([&] {
      const std::vector<float> a = Random(s.m * s.k, 1), b = Random(s.k * s.n, 2);
      std::vector<float> c(s.m * s.n);
      Gemm({.m = s.m,
            .n = s.n,
            .k = s.k,
            .a = a.data(),
            .lda = s.k,
            .b = b.data(),
            .ldb = s.n,
            .c = c.data(),
            .ldc = s.n});
      return c;
    });
  }
}

TEST(Gemm, TheEpilogueSeesEveryElementOnce) {
  for (const Case& s : {Case{300, 700, 10}, Case{20, 20, 20000}}) {
    const std::vector<float> a(s.m * s.k, 0.0f), b(s.k * s.n, 0.0f);
    struct Context {
      std::vector<float> c;
      size_t n;
    } context{std::vector<float>(s.m * s.n, 5.0f), s.n};
    const GemmEpilogue addOne{[](void* pointer, size_t row, size_t rows, size_t column, size_t columns) {
                                auto& to = *static_cast<Context*>(pointer);
                                for (size_t i = row; i < row + rows; ++i)
                                  for (size_t j = column; j < column + columns; ++j) to.c[i * to.n + j] += 1;
                              },
                              &context};
    Gemm({.m = s.m,
          .n = s.n,
          .k = s.k,
          .a = a.data(),
          .lda = s.k,
          .b = b.data(),
          .ldb = s.n,
          .c = context.c.data(),
          .ldc = s.n},
         addOne);
    for (const float value : context.c) ASSERT_EQ(value, 1.0f);
  }
}

// Blocks, strips and the pieces of B that are packed at once all leave rests here; so do vectors.
TEST(Gemm, OurOwnGivesTheBitsOfOneThreadAtAnyNumberAndFinishesEachElementOnce) {
  struct Context {
    std::vector<float> c;
    size_t n;
  };
  const GemmEpilogue doubled{[](void* pointer, size_t row, size_t rows, size_t column, size_t columns) {
                               auto& to = *static_cast<Context*>(pointer);
                               for (size_t i = row; i < row + rows; ++i)
                                 for (size_t j = column; j < column + columns; ++j) to.c[i * to.n + j] *= 2;
                             },
                             nullptr};
  for (const Case& s : {Case{301, 1100, 1300}, Case{23, 530, 700}, Case{1, 3000, 600}, Case{3000, 1, 600}})
    for (int flags = 0; flags < 4; ++flags) {
      GemmArgs g{
          .m = s.m, .n = s.n, .k = s.k, .transpose_a = (flags & 1) != 0, .transpose_b = (flags & 2) != 0};
      const std::vector<float> a = Random(s.m * s.k, 1), b = Random(s.k * s.n, 2);
      g.a = a.data();
      g.lda = g.transpose_a ? s.m : s.k;
      g.b = b.data();
      g.ldb = g.transpose_b ? s.k : s.n;
      g.ldc = s.n;
      std::vector<float> alone(s.m * s.n);
      g.c = alone.data();
      gemm::MultiplyOwn(g);
      for (float& value : alone) value *= 2;
      testing::ExpectSameBits([&] {
        Context context{std::vector<float>(s.m * s.n), s.n};
        g.c = context.c.data();
        gemm::MultiplyOwnOnPool(g, {doubled.apply, &context});
        EXPECT_EQ(context.c, alone);
        return context.c;
      });
    }
}

TEST(Gemm, AnEmptyInnerSideGivesZeros) {
  std::vector<float> c(4, 3.0f);
  Gemm({.m = 2, .n = 2, .k = 0, .c = c.data(), .ldc = 2});
  EXPECT_EQ(c, std::vector<float>(4, 0.0f));
}

std::atomic<int> signals_seen{0};

void UseMuchStack(int) {
  volatile char stack[16384];
  for (size_t i = 0; i < sizeof stack; i += 64) stack[i] = 1;
  signals_seen.fetch_add(1);
}

// A handler that runs on a thread in the middle of a product once overwrote the heap.
TEST(Gemm, SurvivesSignals) {
  struct sigaction action {
  }, before{};
  action.sa_handler = UseMuchStack;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 200}, {0, 200}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  const size_t side = 100;
  const std::vector<float> ones(side * side, 1.0f);
  for (int i = 0; i < 20'000 && (i < 2000 || signals_seen < 50); ++i) {
    std::vector<float> c(side * side + i % 7 * 100);
    GemmOnThisThread({.m = side,
                      .n = side,
                      .k = side,
                      .a = ones.data(),
                      .lda = side,
                      .b = ones.data(),
                      .ldb = side,
                      .c = c.data(),
                      .ldc = side});
    for (size_t at = 0; at < side * side; ++at) ASSERT_EQ(c[at], 100.0f);
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_GT(signals_seen, 0);
}

}  // namespace
}  // namespace cohear
