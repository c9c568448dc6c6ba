// Several elementwise operations on f32, and reductions of rows between them, in one pass over memory: a
// block of elements, or a row, goes through all steps while it lies in the nearest cache. Every element has
// the bits that the operations give one after the other.
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

enum class RowReduction : uint32_t { kSum = 0, kMean, kMax };

struct FusedStep {
  enum class Form : uint32_t { kUnary = 0, kBinary, kReduction };
  Form form;
  uint32_t op;  // a Unary, a Binary before kGreater, or a RowReduction
  FusedOperand a, b;
  float alpha, beta;
  // One number for each row: every reduction, and what is made of such numbers and scalars alone.
  bool column;
};

struct FusedProgram {
  size_t rows, columns;
  std::vector<FusedStep> steps;  // kMostSteps at most; the last one is the result
  std::vector<std::span<const float>> leaves;
  // One for each step: rows numbers of a column, rows * columns of others, none where nobody wants the
  // result.
  std::vector<std::span<float>> outputs;
};

constexpr size_t kMostFusedSteps = 64;
// Rows longer than this are not reduced.
constexpr size_t kMostFusedColumns = size_t{1} << 14;  // a few of them fit in 256 KiB

// Throws ERR_SHAPE when sizes do not fit, ERR_RANGE for an operation or operand that is none.
void RunFused(const FusedProgram& program);

// scale * the sum of all that the program, of one row, gives, to the bits of SumRows.
float RunFusedSum(const FusedProgram& program, double scale);

}  // namespace cohear
