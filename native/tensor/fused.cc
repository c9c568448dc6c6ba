#include "tensor/fused.h"

#include <algorithm>

#include "core/error.h"
#include "core/pool.h"
#include "tensor/elementwise_loops.h"
#include "tensor/reduce.h"

namespace cohear {
namespace {

using Kind = FusedOperand::Kind;

constexpr size_t kBlock = 1024;  // floats: a few of these fit in 32 KiB
constexpr size_t kGrain = 1 << 15;

// Which floats of the program a block is.
struct Block {
  size_t at, row, column, size;
};

class Plan {
 public:
  explicit Plan(const FusedProgram& program) : program_(program) {
    Check();
    // Over one row, and without rows and columns, the program is a list.
    const auto flat = [](const FusedStep& step) {
      const auto plain = [](const FusedOperand& x) {
        return x.kind != Kind::kRow && x.kind != Kind::kColumn;
      };
      return plain(step.a) && (!step.binary || plain(step.b));
    };
    list_ = program.rows == 1 || std::all_of(program.steps.begin(), program.steps.end(), flat);
    AssignSlots();
  }

  bool list() const { return list_; }

  // Floats that Run wants to work in.
  size_t scratch() const { return slots_ * kBlock; }

  // Writes the outputs; `result`, unless null, gets the last step's, of which it holds the block alone.
  void Run(const Block& block, float* scratch, float* result) const {
    const size_t last = program_.steps.size() - 1;
    float* results[kMostFusedSteps];
    for (size_t i = 0; i <= last; ++i) {
      const FusedStep& step = program_.steps[i];
      float* out = !program_.outputs[i].empty()     ? program_.outputs[i].data() + block.at
                   : i == last && result != nullptr ? result
                                                    : scratch + slot_[i] * kBlock;
      results[i] = out;
      const bool a_one = One(step.a);
      if (!step.binary) {
        float single;
        float* to = a_one ? &single : out;
        loops_[i].unary(Find(step.a, block, results), step.alpha, step.beta, to, a_one ? 1 : block.size);
        if (a_one) std::fill_n(out, block.size, single);
      } else {
        const bool b_one = One(step.b);
        const float *a = Find(step.a, block, results), *b = Find(step.b, block, results);
        if (a_one && b_one) {
          float single;
          loops_[i].binary(a, true, b, true, &single, 1);
          std::fill_n(out, block.size, single);
        } else {
          loops_[i].binary(a, a_one, b, b_one, out, block.size);
        }
      }
    }
  }

 private:
  union Loops {
    UnaryLoop unary;
    BinaryLoop binary;
  };

  bool One(const FusedOperand& x) const { return x.kind == Kind::kScalar || x.kind == Kind::kColumn; }

  const float* Find(const FusedOperand& x, const Block& block, float* const* results) const {
    switch (x.kind) {
      case Kind::kStep: return results[x.index];
      case Kind::kFull: return program_.leaves[x.index].data() + block.at;
      case Kind::kRow: return program_.leaves[x.index].data() + block.column;
      case Kind::kColumn: return program_.leaves[x.index].data() + block.row;
      case Kind::kScalar: break;
    }
    return program_.leaves[x.index].data();
  }

  void Check() {
    const auto& [rows, columns, steps, leaves, outputs] = program_;
    COHEAR_REQUIRE(!steps.empty() && steps.size() <= kMostFusedSteps && outputs.size() == steps.size(),
                   Code::kRange, "fused: " << steps.size() << " steps, " << outputs.size() << " outputs");
    for (const auto& output : outputs)
      COHEAR_REQUIRE(output.empty() || output.size() == rows * columns, Code::kShape,
                     "fused: an output of " << output.size() << " numbers, want " << rows * columns);
    const auto operand = [&](const FusedOperand& x, size_t step) {
      if (x.kind == Kind::kStep) {
        COHEAR_REQUIRE(x.index < step, Code::kRange, "fused: step " << step << " reads step " << x.index);
        return;
      }
      COHEAR_REQUIRE(x.kind <= Kind::kScalar && x.index < leaves.size(), Code::kRange,
                     "fused: step " << step << " reads leaf " << x.index << " of " << leaves.size());
      const size_t want = x.kind == Kind::kFull     ? rows * columns
                          : x.kind == Kind::kRow    ? columns
                          : x.kind == Kind::kColumn ? rows
                                                    : 1;
      COHEAR_REQUIRE(leaves[x.index].size() == want, Code::kShape,
                     "fused: a leaf of " << leaves[x.index].size() << " numbers, want " << want);
    };
    for (size_t i = 0; i < steps.size(); ++i) {
      const FusedStep& step = steps[i];
      const auto most =
          step.binary ? static_cast<uint32_t>(Binary::kEluGradient) : static_cast<uint32_t>(Unary::kErf);
      COHEAR_REQUIRE(step.op <= most, Code::kRange, "fused: operation " << step.op << " is none");
      operand(step.a, i);
      if (step.binary) operand(step.b, i);
      Loops& loops = loops_.emplace_back();
      if (step.binary)
        loops.binary = FloatLoop(static_cast<Binary>(step.op));
      else
        loops.unary = LoopOf(static_cast<Unary>(step.op));
    }
  }

  // A result's place in the scratch memory is free again after the last step that reads it.
  void AssignSlots() {
    const auto& steps = program_.steps;
    std::vector<size_t> last_use(steps.size(), steps.size());
    const auto use = [&](const FusedOperand& x, size_t step) {
      if (x.kind == Kind::kStep) last_use[x.index] = step;
    };
    for (size_t i = 0; i < steps.size(); ++i) {
      use(steps[i].a, i);
      if (steps[i].binary) use(steps[i].b, i);
    }
    std::vector<size_t> free;
    slot_.resize(steps.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      if (free.empty()) free.push_back(slots_++);
      slot_[i] = free.back();
      free.pop_back();
      for (size_t j = 0; j < i; ++j)
        if (last_use[j] == i) free.push_back(slot_[j]);
    }
  }

  const FusedProgram& program_;
  std::vector<Loops> loops_;
  std::vector<size_t> slot_;
  size_t slots_ = 0;
  bool list_ = false;
};

float* ScratchOf(size_t floats) {
  thread_local std::vector<float> scratch;
  if (scratch.size() < floats) scratch.resize(floats);
  return scratch.data();
}

}  // namespace

void RunFused(const FusedProgram& program) {
  const Plan plan(program);
  const size_t columns = program.columns;
  if (plan.list()) {
    ParallelFor(program.rows * columns, kGrain, [&](size_t begin, size_t end) {
      float* scratch = ScratchOf(plan.scratch());
      for (size_t at = begin; at < end; at += kBlock)
        plan.Run({at, 0, at, std::min(kBlock, end - at)}, scratch, nullptr);
    });
    return;
  }
  ParallelFor(program.rows, std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)),
              [&](size_t begin, size_t end) {
                float* scratch = ScratchOf(plan.scratch());
                for (size_t row = begin; row < end; ++row)
                  for (size_t c = 0; c < columns; c += kBlock)
                    plan.Run({row * columns + c, row, c, std::min(kBlock, columns - c)}, scratch, nullptr);
              });
}

void RunFusedSum(const FusedProgram& program, double scale, std::span<float> out) {
  const Plan plan(program);
  const auto [rows, columns] = std::pair{program.rows, program.columns};
  COHEAR_REQUIRE(out.size() == rows && (rows == 1 || columns <= kMostFusedColumns), Code::kShape,
                 "fused sum: " << rows << " rows of " << columns << " into " << out.size());
  const std::span<float> kept = program.outputs.back();
  // The sum of `size` numbers from `column` of a row on, at most kMostFusedColumns.
  const auto sum_of = [&](size_t row, size_t column, size_t size) {
    float* scratch = ScratchOf(plan.scratch() + (kept.empty() ? size : 0));
    float* values = kept.empty() ? scratch + plan.scratch() : kept.data() + row * columns + column;
    for (size_t c = 0; c < size; c += kBlock)
      plan.Run({row * columns + column + c, row, column + c, std::min(kBlock, size - c)}, scratch,
               values + c);
    return SumInDouble(values, size);
  };
  if (rows > 1) {
    ParallelFor(rows, std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)),
                [&](size_t begin, size_t end) {
                  for (size_t row = begin; row < end; ++row)
                    out[row] = static_cast<float>(scale * sum_of(row, 0, columns));
                });
    return;
  }
  static_assert(kMostFusedColumns == kGrainOfSum);
  std::vector<double> sums((columns + kGrainOfSum - 1) / kGrainOfSum);
  ParallelFor(columns, kGrainOfSum,
              [&](size_t begin, size_t end) { sums[begin / kGrainOfSum] = sum_of(0, begin, end - begin); });
  double sum = 0;
  for (const double part : sums) sum += part;
  out[0] = static_cast<float>(scale * sum);
}

}  // namespace cohear
