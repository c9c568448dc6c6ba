// Sums and maxima over one side of a row-major matrix, and row-wise softmax. Sums are added in double, in a
// fixed order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cohear {

// The sum of x, in the order that SumRows adds a row in, or kGrainOfSum numbers of a single one.
double SumInDouble(const float* x, size_t size);
constexpr size_t kGrainOfSum = size_t{1} << 15;

// out[r] = scale * sum over c of x[r][c]
void SumRows(std::span<const float> x, size_t columns, double scale, std::span<float> out);
// out[c] = scale * sum over r of x[r][c]
void SumColumns(std::span<const float> x, size_t columns, double scale, std::span<float> out);
// out[r] = max over c of x[r][c]; NaN if there is one; -infinity without columns
void MaxRows(std::span<const float> x, size_t columns, std::span<float> out);
void MinRows(std::span<const float> x, size_t columns, std::span<float> out);
void ProductRows(std::span<const float> x, size_t columns, std::span<float> out);

// The same of integers. Sums wrap around; a product is that of doubles, wrapped, as JavaScript makes it.
enum class IntegerReduction { kSum, kMax, kMin, kProduct };
void ReduceIntegers(IntegerReduction kind, std::span<const int32_t> x, size_t columns,
                    std::span<int32_t> out);

// out[r][c] = the sum of x[r][0 .. c], or without c itself; from the last column on when reversed.
struct ScanOrder {
  bool exclusive = false, reversed = false;
};
void CumulativeSumRows(std::span<const float> x, size_t columns, ScanOrder order, std::span<float> out);
// out[r] = exp(x[r] - max) / sum of that
void SoftmaxRows(std::span<const float> x, size_t columns, std::span<float> out);

}  // namespace cohear
