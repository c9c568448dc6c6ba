#include "tensor/dense.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"

namespace cohear {
namespace {

constexpr size_t kRowsOfChunk = 128;

std::atomic<Precision> mat_mul_precision{Precision::kFloat32};

struct Finish {
  float* out;
  size_t columns;  // of out
  const float* bias;
  Activation activation;
  float leak;
};

// Bias and the activations that vectorise; NaN passes through relu as it does through Math.max.
COHEAR_SIMD void FinishRow(float* __restrict row, const float* __restrict bias, size_t size, bool add,
                           bool relu) {
  if (add) {
    for (size_t i = 0; i < size; ++i) row[i] += bias[i];
  }
  if (relu) {
    for (size_t i = 0; i < size; ++i) row[i] = row[i] <= 0.0f ? 0.0f : row[i];
  }
}

void ActivateRow(float* row, size_t size, Activation activation, float leak) {
  for (size_t i = 0; i < size; ++i) {
    const float x = row[i];
    switch (activation) {
      case Activation::kRelu6: row[i] = x <= 0 ? 0.0f : x > 6 ? 6.0f : x; break;
      case Activation::kSigmoid: row[i] = 1.0f / (1.0f + std::exp(-x)); break;
      case Activation::kElu: row[i] = x >= 0 ? x : std::expm1(x); break;
      case Activation::kLeakyRelu: row[i] = x < 0 ? leak * x : x; break;
      default: break;
    }
  }
}

void ApplyFinish(void* context, size_t row, size_t rows, size_t column, size_t columns) {
  const Finish& finish = *static_cast<Finish*>(context);
  const bool relu = finish.activation == Activation::kRelu;
  for (size_t r = row; r < row + rows; ++r) {
    float* out = finish.out + r * finish.columns + column;
    FinishRow(out, finish.bias ? finish.bias + column : nullptr, columns, finish.bias != nullptr, relu);
    if (!relu && finish.activation != Activation::kLinear)
      ActivateRow(out, columns, finish.activation, finish.leak);
  }
}

}  // namespace

void SetMatMulPrecision(Precision precision) {
  COHEAR_REQUIRE(precision != Precision::kBf16 || HasBf16(), Code::kValue,
                 "matMul in bf16: this CPU has no AVX512-BF16; keep float32");
  mat_mul_precision = precision;
}

Precision MatMulPrecision() { return mat_mul_precision; }

void MatMul(const MatMulShape& s, std::span<const float> a, std::span<const float> b, std::span<float> out,
            std::span<const float> bias, Activation activation, float leak) {
  const size_t batch = std::max(s.batch_a, s.batch_b);
  COHEAR_REQUIRE(s.batch_a == s.batch_b || s.batch_a == 1 || s.batch_b == 1, Code::kShape,
                 "matMul: batches of " << s.batch_a << " and " << s.batch_b << " matrices do not fit");
  COHEAR_REQUIRE(a.size() == s.batch_a * s.m * s.k && b.size() == s.batch_b * s.k * s.n &&
                     out.size() == batch * s.m * s.n,
                 Code::kShape,
                 "matMul: " << a.size() << " and " << b.size() << " numbers into " << out.size()
                            << " do not fit [" << s.m << ", " << s.k << "] x [" << s.k << ", " << s.n << "]");
  COHEAR_REQUIRE(bias.empty() || bias.size() == s.n, Code::kShape,
                 "matMul: bias has " << bias.size() << " numbers, want " << s.n);
  const bool finish = !bias.empty() || activation != Activation::kLinear;
  const Precision precision = MatMulPrecision();
  auto one = [&](size_t i) {
    GemmArgs args{.m = s.m, .n = s.n, .k = s.k, .transpose_a = s.transpose_a, .transpose_b = s.transpose_b};
    args.a = a.data() + (s.batch_a == 1 ? 0 : i * s.m * s.k);
    args.lda = s.transpose_a ? s.m : s.k;
    args.b = b.data() + (s.batch_b == 1 ? 0 : i * s.k * s.n);
    args.ldb = s.transpose_b ? s.k : s.n;
    args.c = out.data() + i * s.m * s.n;
    args.precision = precision;
    args.accumulate = s.accumulate;
    args.ldc = s.n;
    Finish context{args.c, s.n, bias.empty() ? nullptr : bias.data(), activation, leak};
    Gemm(args, finish ? GemmEpilogue{ApplyFinish, &context} : GemmEpilogue{});
  };
  if (batch == 1) return one(0);
  // Many small matrices share the pool one by one; a few big ones each use all of it.
  if (s.m * s.n * s.k > (size_t{1} << 22)) {
    for (size_t i = 0; i < batch; ++i) one(i);
  } else {
    ParallelFor(batch, 1, [&](size_t i, size_t) { one(i); });
  }
}

COHEAR_SIMD void DenseBackwardRow(const float* __restrict y, const float* __restrict dy, size_t size,
                                  bool relu, float* __restrict dz, float* __restrict sum) {
  if (dz != nullptr) {
    if (relu) {
      for (size_t i = 0; i < size; ++i) dz[i] = y[i] > 0.0f ? dy[i] : 0.0f;
    } else {
      for (size_t i = 0; i < size; ++i) dz[i] = dy[i];
    }
  }
  if (sum != nullptr) {
    if (relu) {
      for (size_t i = 0; i < size; ++i) sum[i] += y[i] > 0.0f ? dy[i] : 0.0f;
    } else {
      for (size_t i = 0; i < size; ++i) sum[i] += dy[i];
    }
  }
}

void DenseBackward(std::span<const float> y, std::span<const float> dy, size_t columns, bool relu,
                   std::span<float> dz, std::span<float> dbias) {
  COHEAR_REQUIRE(!relu || y.size() == dy.size(), Code::kShape,
                 "dense gradient: y has " << y.size() << " numbers and dy " << dy.size());
  COHEAR_REQUIRE(columns > 0 && dy.size() % columns == 0, Code::kShape,
                 "dense gradient: " << dy.size() << " numbers are no rows of " << columns);
  COHEAR_REQUIRE(dz.empty() || dz.size() == dy.size(), Code::kShape,
                 "dense gradient: dz has another size than dy");
  COHEAR_REQUIRE(dbias.empty() || dbias.size() == columns, Code::kShape,
                 "dense gradient: dbias has " << dbias.size() << " numbers, want " << columns);
  const size_t rows = dy.size() / columns, chunks = (rows + kRowsOfChunk - 1) / kRowsOfChunk;
  std::vector<float> sums(dbias.empty() ? 0 : chunks * columns);
  ParallelFor(rows, kRowsOfChunk, [&](size_t begin, size_t end) {
    float* sum = sums.empty() ? nullptr : sums.data() + begin / kRowsOfChunk * columns;
    for (size_t row = begin; row < end; ++row) {
      const size_t at = row * columns;
      DenseBackwardRow(y.data() + (relu ? at : 0), dy.data() + at, columns, relu,
                       dz.empty() ? nullptr : dz.data() + at, sum);
    }
  });
  if (dbias.empty()) return;
  std::fill(dbias.begin(), dbias.end(), 0.0f);
  for (size_t chunk = 0; chunk < chunks; ++chunk)
    DenseBackwardRow(nullptr, sums.data() + chunk * columns, columns, false, nullptr, dbias.data());
}

}  // namespace cohear
