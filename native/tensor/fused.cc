#include "tensor/fused.h"

#include <algorithm>

#include "core/error.h"
#include "core/pool.h"
#include "tensor/elementwise_loops.h"
#include "tensor/fused_loops.h"
#include "tensor/reduce.h"
#include "tensor/rows.h"

namespace cohear {
namespace {

using Kind = FusedOperand::Kind;
using Form = FusedStep::Form;

constexpr size_t kBlock = 1024;  // floats: a few of these fit in 32 KiB
constexpr size_t kGrain = 1 << 15;

// Which floats of the program a block is.
struct Block {
  size_t at, row, column, size;
};

bool IsSum(const FusedStep& step) {
  return step.form == Form::kReduction && static_cast<RowReduction>(step.op) != RowReduction::kMax;
}
bool Is(const FusedStep& step, Unary op) {
  return step.form == Form::kUnary && static_cast<Unary>(step.op) == op;
}
bool Is(const FusedStep& step, Binary op) {
  return step.form == Form::kBinary && static_cast<Binary>(step.op) == op;
}

class Plan {
 public:
  explicit Plan(const FusedProgram& program) : program_(program) {
    Check();
    // Over one row, and without rows and columns, the program is a list.
    const auto flat = [](const FusedStep& step) {
      const auto plain = [](const FusedOperand& x) {
        return x.kind != Kind::kRow && x.kind != Kind::kColumn;
      };
      return !step.column && plain(step.a) && (step.form != Form::kBinary || plain(step.b));
    };
    const auto reduces = [](const FusedStep& step) { return step.form == Form::kReduction; };
    list_ = std::all_of(program.steps.begin(), program.steps.end(), flat) ||
            (program.rows == 1 && std::none_of(program.steps.begin(), program.steps.end(),
                                               [](const FusedStep& step) { return step.column; }));
    block_ = std::any_of(program.steps.begin(), program.steps.end(), reduces) ? program.columns : kBlock;
    CountReads();
    FindFolds();
    AssignSlots();
  }

  bool list() const { return list_; }

  // Floats that Run works on at once, a whole row where rows are reduced.
  size_t block() const { return block_; }

  // Floats that Run wants to work in.
  size_t scratch() const { return slots_ * block_; }

  // Writes the outputs; `result`, unless null, gets the last step's, of which it holds the block alone.
  void Run(const Block& block, float* scratch, float* result) const {
    const size_t last = program_.steps.size() - 1;
    float* results[kMostFusedSteps];
    float columns[kMostFusedSteps];
    for (size_t i = 0; i <= last; ++i) {
      const FusedStep& step = program_.steps[i];
      const std::span<float> kept = program_.outputs[i];
      float* out = !kept.empty()                    ? kept.data() + (step.column ? block.row : block.at)
                   : step.column                    ? columns + i
                   : i == last && result != nullptr ? result
                                                    : scratch + slot_[i] * block_;
      results[i] = out;
      const size_t size = step.column ? 1 : block.size;
      switch (folds_[i].form) {
        case Fold::kAway: break;
        case Fold::kShiftedExp: {
          const FusedStep& shifted = program_.steps[step.a.index];
          ShiftedExp(Find(shifted.a, block, results), *Find(shifted.b, block, results), out, size);
          break;
        }
        case Fold::kSumOfProducts: {
          const auto& [form, x, shift, y, negative] = folds_[i];
          const float by = shift ? *Find(*shift, block, results) : 0.0f;
          *out = Scaled(step, SumOfProducts(Find(*x, block, results), by, Find(*y, block, results), negative,
                                            block.size));
          break;
        }
        case Fold::kNone: {
          // Loops want an array of their own to write to.
          float* to = in_place_[i] ? scratch + slot_[i] * block_ : out;
          RunStep(step, loops_[i], block, results, to, size);
          if (to != out) std::copy_n(to, size, out);
        }
      }
    }
  }

 private:
  union Loops {
    UnaryLoop unary;
    BinaryLoop binary;
  };

  // A step whose loop does the work of those before it, too.
  struct Fold {
    enum Form { kNone, kAway, kShiftedExp, kSumOfProducts } form = kNone;
    const FusedOperand *x = nullptr, *shift = nullptr, *y = nullptr;
    bool negative = false;
  };

  float Scaled(const FusedStep& sum, double value) const {
    const bool mean = static_cast<RowReduction>(sum.op) == RowReduction::kMean;
    return static_cast<float>((mean ? 1.0 / static_cast<double>(program_.columns) : 1.0) * value);
  }

  void RunStep(const FusedStep& step, const Loops& loops, const Block& block, float* const* results,
               float* out, size_t size) const {
    const float* a = Find(step.a, block, results);
    if (step.form == Form::kReduction) {
      *out = IsSum(step) ? Scaled(step, SumInDouble(a, block.size)) : Max(a, block.size);
      return;
    }
    const bool a_one = One(step.a), b_one = step.form == Form::kUnary || One(step.b), one = a_one && b_one;
    float single;
    float* to = one ? &single : out;
    const size_t count = one ? 1 : size;
    if (step.form == Form::kUnary) {
      loops.unary(a, step.alpha, step.beta, to, count);
    } else {
      loops.binary(a, a_one, Find(step.b, block, results), b_one, to, count);
    }
    if (one) std::fill_n(out, size, single);
  }

  bool One(const FusedOperand& x) const {
    return x.kind == Kind::kScalar || x.kind == Kind::kColumn ||
           (x.kind == Kind::kStep && program_.steps[x.index].column);
  }

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
      const size_t size = step.column ? rows : rows * columns;
      COHEAR_REQUIRE(outputs[i].empty() || outputs[i].size() == size, Code::kShape,
                     "fused: an output of " << outputs[i].size() << " numbers, want " << size);
      constexpr uint32_t kMost[] = {static_cast<uint32_t>(Unary::kErf),
                                    static_cast<uint32_t>(Binary::kEluGradient),
                                    static_cast<uint32_t>(RowReduction::kMax)};
      COHEAR_REQUIRE(step.form <= Form::kReduction && step.op <= kMost[static_cast<size_t>(step.form)],
                     Code::kRange, "fused: operation " << step.op << " is none");
      operand(step.a, i);
      if (step.form == Form::kBinary) operand(step.b, i);
      in_place_.push_back(Overwritten(step.a, i + 1) ||
                          (step.form == Form::kBinary && Overwritten(step.b, i + 1)));
      COHEAR_REQUIRE(!Overwritten(step.a, i) && (step.form != Form::kBinary || !Overwritten(step.b, i)),
                     Code::kValue,
                     "fused: step " << i << " reads a leaf where the output of an earlier step lies");
      if (step.form == Form::kReduction) {
        COHEAR_REQUIRE(step.column && !One(step.a) && columns > 0 && columns <= kMostFusedColumns,
                       Code::kShape, "fused: step " << i << " reduces rows of " << columns);
      } else if (step.column) {
        COHEAR_REQUIRE(One(step.a) && (step.form == Form::kUnary || One(step.b)), Code::kShape,
                       "fused: step " << i << " makes a number for each row of more than that");
      }
      Loops& loops = loops_.emplace_back();
      if (step.form == Form::kBinary)
        loops.binary = FloatLoop(static_cast<Binary>(step.op));
      else if (step.form == Form::kUnary)
        loops.unary = LoopOf(static_cast<Unary>(step.op));
    }
  }

  // Whether one of the first `steps` writes its output over x.
  bool Overwritten(const FusedOperand& x, size_t steps) const {
    if (x.kind != Kind::kFull) return false;
    const float* values = program_.leaves[x.index].data();
    return std::any_of(program_.outputs.begin(),
                       program_.outputs.begin() + static_cast<std::ptrdiff_t>(steps),
                       [&](std::span<float> output) { return !output.empty() && output.data() == values; });
  }

  void CountReads() {
    reads_.resize(program_.steps.size());
    for (const FusedStep& step : program_.steps) {
      if (step.a.kind == Kind::kStep) ++reads_[step.a.index];
      if (step.form == Form::kBinary && step.b.kind == Kind::kStep) ++reads_[step.b.index];
    }
  }

  // The step that x is the result of, if nobody else wants that.
  const FusedStep* Alone(const FusedOperand& x) const {
    if (x.kind != Kind::kStep || reads_[x.index] > 1 || !program_.outputs[x.index].empty()) return nullptr;
    const FusedStep& step = program_.steps[x.index];
    return step.column ? nullptr : &step;
  }

  void FindFolds() {
    folds_.resize(program_.steps.size());
    // What is read later than its step says must still be there.
    const auto stays = [&](const FusedOperand& x) { return !Overwritten(x, program_.outputs.size()); };
    const auto shifted = [&](const FusedOperand& x) {
      const FusedStep* step = Alone(x);
      const bool fits = step && Is(*step, Binary::kSub) && !One(step->a) && One(step->b) && stays(step->a);
      return fits ? step : nullptr;
    };
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      const FusedStep& step = program_.steps[i];
      if (Is(step, Unary::kExp) && shifted(step.a)) {
        folds_[step.a.index].form = Fold::kAway;
        folds_[i].form = Fold::kShiftedExp;
      }
      if (!IsSum(step)) continue;
      const FusedOperand* x = &step.a;
      const FusedStep* of = Alone(*x);
      const bool negative = of && Is(*of, Unary::kNeg);
      if (negative) of = Alone(*(x = &of->a));
      if (!of || !Is(*of, Binary::kMul) || One(of->a) || One(of->b) || !stays(of->a) || !stays(of->b))
        continue;
      if (negative) folds_[step.a.index].form = Fold::kAway;
      folds_[x->index].form = Fold::kAway;
      folds_[i] = {Fold::kSumOfProducts, &of->a, nullptr, &of->b, negative};
      if (const FusedStep* difference = shifted(of->a)) {
        folds_[of->a.index].form = Fold::kAway;
        folds_[i].x = &difference->a;
        folds_[i].shift = &difference->b;
      }
    }
  }

  // A result's place in the scratch memory is free again after the last step that reads it.
  void AssignSlots() {
    const auto& steps = program_.steps;
    std::vector<size_t> last_use(steps.size(), 0);
    for (size_t i = steps.size(); i-- > 0;) {
      const auto use = [&](const FusedOperand& x) {
        const size_t at = folds_[i].form == Fold::kAway ? last_use[i] : i;
        if (x.kind == Kind::kStep) last_use[x.index] = std::max(last_use[x.index], at);
      };
      use(steps[i].a);
      if (steps[i].form == Form::kBinary) use(steps[i].b);
    }
    std::vector<size_t> free;
    slot_.resize(steps.size());
    const auto needs = [&](size_t i) { return !steps[i].column && folds_[i].form != Fold::kAway; };
    for (size_t i = 0; i < steps.size(); ++i) {
      if (needs(i)) {
        if (free.empty()) free.push_back(slots_++);
        slot_[i] = free.back();
        free.pop_back();
      }
      for (size_t j = 0; j < i; ++j)
        if (needs(j) && last_use[j] == i) free.push_back(slot_[j]);
    }
  }

  const FusedProgram& program_;
  std::vector<Loops> loops_;
  std::vector<bool> in_place_;   // whether a step writes its output over an operand
  std::vector<uint32_t> reads_;  // of each step's result by other steps
  std::vector<Fold> folds_;
  std::vector<size_t> slot_;
  size_t slots_ = 0, block_ = kBlock;
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
  ParallelFor(
      program.rows, std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)),
      [&](size_t begin, size_t end) {
        float* scratch = ScratchOf(plan.scratch());
        for (size_t row = begin; row < end; ++row)
          for (size_t c = 0; c < columns; c += plan.block())
            plan.Run({row * columns + c, row, c, std::min(plan.block(), columns - c)}, scratch, nullptr);
      });
}

float RunFusedSum(const FusedProgram& program, double scale) {
  const Plan plan(program);
  const size_t size = program.columns;
  COHEAR_REQUIRE(program.rows == 1 && plan.list(), Code::kShape,
                 "fused sum: " << program.rows << " rows, want one that is summed as a whole");
  const std::span<float> kept = program.outputs.back();
  std::vector<double> sums((size + kGrainOfSum - 1) / kGrainOfSum);
  ParallelFor(size, kGrainOfSum, [&](size_t begin, size_t end) {
    float* scratch = ScratchOf(plan.scratch() + (kept.empty() ? kGrainOfSum : 0));
    float* values = kept.empty() ? scratch + plan.scratch() : kept.data() + begin;
    for (size_t at = begin; at < end; at += kBlock)
      plan.Run({at, 0, at, std::min(kBlock, end - at)}, scratch, values + (at - begin));
    sums[begin / kGrainOfSum] = SumInDouble(values, end - begin);
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return static_cast<float>(scale * sum);
}

}  // namespace cohear
