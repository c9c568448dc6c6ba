// Several elementwise operations on f32 in one pass over memory: a block of elements goes through all steps
// while it lies in the nearest cache. Every element has the bits that the operations give one after the
// other.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

// The numbers are the binding's: lib/tensor/fusion.ts holds the same order.
struct FusedOperand {
  enum class Kind : uint32_t {
    kStep = 0,  // the result of an earlier step
    kFull,      // of the leaves, from here on: a number for each element
    kRow,       // one for each column, the same in all rows
    kColumn,    // one for each row
    kScalar,
  };
  Kind kind;
  size_t index;
};

struct FusedStep {
  bool binary;
  uint32_t op;  // a Binary before kGreater, or a Unary
  FusedOperand a, b;
  float alpha, beta;
};

struct FusedProgram {
  size_t rows, columns;
  std::vector<FusedStep> steps;  // kMostSteps at most; the last one is the result
  std::vector<std::span<const float>> leaves;
  std::vector<std::span<float>> outputs;  // one for each step, empty where nobody wants its result
};

constexpr size_t kMostFusedSteps = 64;
// Rows longer than this are not summed.
constexpr size_t kMostFusedColumns = size_t{1} << 15;

// Throws ERR_SHAPE when sizes do not fit, ERR_RANGE for an operation or operand that is none.
void RunFused(const FusedProgram& program);

// out[r] = scale * the sum of row r of the result, to the bits of SumRows.
void RunFusedSum(const FusedProgram& program, double scale, std::span<float> out);

}  // namespace cohear
