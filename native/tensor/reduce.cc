#include "tensor/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"
#include "tensor/rows.h"

namespace cohear {

COHEAR_SIMD double SumInDouble(const float* x, size_t size) {
  constexpr size_t kLanes = 16;
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane];
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += x[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

COHEAR_SIMD void AddInDouble(double* __restrict sums, const float* __restrict x, size_t size) {
  for (size_t i = 0; i < size; ++i) sums[i] += x[i];
}

// The greatest of -x, NaN if there is one.
COHEAR_SIMD float MaxOfNegative(const float* x, size_t size) {
  float lanes[16];
  std::fill_n(lanes, 16, -std::numeric_limits<float>::infinity());
  for (size_t i = 0; i < size; i += 16)
    for (size_t lane = 0; lane < std::min<size_t>(16, size - i); ++lane) {
      const float value = -x[i + lane];
      lanes[lane] = (value > lanes[lane]) | (value != value) ? value : lanes[lane];
    }
  float most = lanes[0];
  for (const float lane : lanes) most = (lane > most) | (lane != lane) ? lane : most;
  return most;
}

COHEAR_SIMD uint32_t SumWrapped(const int32_t* x, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i < size; ++i) sum += static_cast<uint32_t>(x[i]);
  return sum;
}

COHEAR_SIMD int32_t Greatest(const int32_t* x, size_t size) {
  int32_t most = std::numeric_limits<int32_t>::min();
  for (size_t i = 0; i < size; ++i) most = x[i] > most ? x[i] : most;
  return most;
}

COHEAR_SIMD int32_t Least(const int32_t* x, size_t size) {
  int32_t least = std::numeric_limits<int32_t>::max();
  for (size_t i = 0; i < size; ++i) least = x[i] < least ? x[i] : least;
  return least;
}

namespace {

int32_t ProductWrapped(const int32_t* x, size_t size) {
  double product = 1;
  for (size_t i = 0; i < size; ++i) product *= x[i];
  if (!std::isfinite(product)) return 0;
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(std::fmod(product, 0x1p32))));
}

int32_t ReduceIntegerRow(IntegerReduction kind, const int32_t* x, size_t size) {
  switch (kind) {
    case IntegerReduction::kSum: return static_cast<int32_t>(SumWrapped(x, size));
    case IntegerReduction::kMax: return Greatest(x, size);
    case IntegerReduction::kMin: return Least(x, size);
    case IntegerReduction::kProduct: break;
  }
  return ProductWrapped(x, size);
}

constexpr size_t kGrain = 1 << 15;
constexpr size_t kRowsOfChunk = 256;

size_t RowsOf(size_t numbers, size_t columns, size_t rows) {
  COHEAR_REQUIRE(rows * columns == numbers, Code::kShape,
                 "reduce: " << numbers << " numbers are not " << rows << " rows of " << columns);
  return rows;
}

template <class Body>
void EachRow(size_t rows, size_t columns, const Body& body) {
  ParallelFor(rows, std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)),
              [&](size_t begin, size_t end) {
                for (size_t row = begin; row < end; ++row) body(row);
              });
}

}  // namespace

void SumRows(std::span<const float> x, size_t columns, double scale, std::span<float> out) {
  const size_t rows = RowsOf(x.size(), columns, out.size());
  if (rows > 1) {
    EachRow(rows, columns, [&](size_t row) {
      out[row] = static_cast<float>(scale * SumInDouble(x.data() + row * columns, columns));
    });
    return;
  }
  if (rows == 0) return;
  std::vector<double> sums((columns + kGrainOfSum - 1) / kGrainOfSum);
  ParallelFor(columns, kGrainOfSum, [&](size_t begin, size_t end) {
    sums[begin / kGrainOfSum] = SumInDouble(x.data() + begin, end - begin);
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  out[0] = static_cast<float>(scale * sum);
}

void SumColumns(std::span<const float> x, size_t columns, double scale, std::span<float> out) {
  COHEAR_REQUIRE(columns > 0 && out.size() == columns && x.size() % columns == 0, Code::kShape,
                 "reduce: " << x.size() << " numbers are no rows of " << columns << " into " << out.size());
  const size_t rows = x.size() / columns, chunks = (rows + kRowsOfChunk - 1) / kRowsOfChunk;
  std::vector<double> sums(std::max<size_t>(1, chunks) * columns);
  ParallelFor(rows, kRowsOfChunk, [&](size_t begin, size_t end) {
    double* sum = sums.data() + begin / kRowsOfChunk * columns;
    for (size_t row = begin; row < end; ++row) AddInDouble(sum, x.data() + row * columns, columns);
  });
  for (size_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (size_t chunk = 0; chunk < chunks; ++chunk) sum += sums[chunk * columns + c];
    out[c] = static_cast<float>(scale * sum);
  }
}

void MaxRows(std::span<const float> x, size_t columns, std::span<float> out) {
  const size_t rows = RowsOf(x.size(), columns, out.size());
  EachRow(rows, columns, [&](size_t row) { out[row] = Max(x.data() + row * columns, columns); });
}

void MinRows(std::span<const float> x, size_t columns, std::span<float> out) {
  const size_t rows = RowsOf(x.size(), columns, out.size());
  EachRow(rows, columns, [&](size_t row) { out[row] = -MaxOfNegative(x.data() + row * columns, columns); });
}

void ProductRows(std::span<const float> x, size_t columns, std::span<float> out) {
  const size_t rows = RowsOf(x.size(), columns, out.size());
  EachRow(rows, columns, [&](size_t row) {
    double product = 1;
    for (size_t c = 0; c < columns; ++c) product *= x[row * columns + c];
    out[row] = static_cast<float>(product);
  });
}

void ReduceIntegers(IntegerReduction kind, std::span<const int32_t> x, size_t columns,
                    std::span<int32_t> out) {
  EachRow(RowsOf(x.size(), columns, out.size()), columns,
          [&](size_t row) { out[row] = ReduceIntegerRow(kind, x.data() + row * columns, columns); });
}

void CumulativeSumRows(std::span<const float> x, size_t columns, ScanOrder order, std::span<float> out) {
  COHEAR_REQUIRE(columns > 0 && x.size() == out.size(), Code::kShape,
                 "cumsum: " << x.size() << " numbers into " << out.size());
  EachRow(RowsOf(x.size(), columns, x.size() / columns), columns, [&](size_t row) {
    double sum = 0;
    for (size_t i = 0; i < columns; ++i) {
      const size_t at = row * columns + (order.reversed ? columns - 1 - i : i);
      const double before = sum;
      sum += x[at];
      out[at] = static_cast<float>(order.exclusive ? before : sum);
    }
  });
}

void SoftmaxRows(std::span<const float> x, size_t columns, std::span<float> out) {
  COHEAR_REQUIRE(columns > 0 && x.size() == out.size(), Code::kShape,
                 "softmax: " << x.size() << " numbers into " << out.size());
  EachRow(RowsOf(x.size(), columns, x.size() / columns), columns, [&](size_t row) {
    const float* from = x.data() + row * columns;
    float* to = out.data() + row * columns;
    std::copy_n(from, columns, to);
    const float sum = ExpSum(to, Max(from, columns), columns);
    Scale(to, 1.0f / sum, columns);
  });
}

}  // namespace cohear
