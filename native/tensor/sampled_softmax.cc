#include "tensor/sampled_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/gemm.h"
#include "core/pool.h"
#include "core/simd.h"
#include "tensor/dense.h"
#include "tensor/rows.h"

namespace cohear {

// row = row * scale + add, and the greatest of it (NaN if there is one).
COHEAR_SIMD float ScaleAddMax(float* __restrict row, const float* __restrict add, float scale, size_t size) {
  float lanes[32];
  std::fill_n(lanes, 32, -std::numeric_limits<float>::infinity());
  size_t i = 0;
  for (; i + 32 <= size; i += 32)
    for (size_t lane = 0; lane < 32; ++lane) {
      const float value = row[i + lane] * scale + add[i + lane];
      row[i + lane] = value;
      lanes[lane] = value <= lanes[lane] ? lanes[lane] : value;
    }
  for (size_t lane = 0; i < size; ++i, ++lane) {
    const float value = row[i] * scale + add[i];
    row[i] = value;
    lanes[lane] = value <= lanes[lane] ? lanes[lane] : value;
  }
  float most = lanes[0];
  for (const float lane : lanes) most = lane <= most ? most : lane;
  return most;
}

namespace {

constexpr size_t kMostRows = 128, kLeastRows = 16;
constexpr size_t kMostGroups = 8, kLeastGroups = 4;
constexpr size_t kGroupFloats = size_t{1} << 25;  // of all groups' item gradients together

// Row blocks are shared out to groups; a group's blocks run in order on one thread and add up its own copy of
// the item gradients, and the copies are added in order. All of it by shape alone.
struct Plan {
  size_t batch, columns, block, blocks, groups, blocks_of_group;
};

Plan MakePlan(const SoftmaxArgs& a, size_t batch, size_t columns) {
  Plan plan{batch, columns, 0, 0, 0, 0};
  plan.block = std::clamp<size_t>((batch / 16 + 15) / 16 * 16, kLeastRows, kMostRows);
  plan.blocks = (batch + plan.block - 1) / plan.block;
  const size_t most =
      std::clamp(kGroupFloats / std::max<size_t>(1, columns * a.width), kLeastGroups, kMostGroups);
  plan.blocks_of_group = (plan.blocks + most - 1) / most;
  plan.groups = (plan.blocks + plan.blocks_of_group - 1) / plan.blocks_of_group;
  return plan;
}

void CheckItems(const SoftmaxItems& items, size_t size, size_t width, const char* name) {
  auto fits = [&](size_t have, size_t want, const char* what, bool optional) {
    COHEAR_REQUIRE(
        (optional && have == 0) || have == want, Code::kShape,
        "sampledSoftmaxLoss: " << name << " " << what << " has " << have << " numbers, want " << want);
  };
  fits(items.rows.size(), size * width, "matrix", false);
  fits(items.ids.size(), size, "ids", false);
  fits(items.log_q.size(), size, "logQ", true);
  fits(items.bias.size(), size, "bias", true);
  fits(items.gradient.size(), size * width, "gradient", true);
  fits(items.bias_gradient.size(), size, "bias gradient", true);
  for (const float q : items.log_q)
    COHEAR_REQUIRE(std::isfinite(q), Code::kValue,
                   "sampledSoftmaxLoss: " << name << " logQ holds " << q << ", want finite numbers");
}

double CheckedWeight(const SoftmaxArgs& a, size_t batch) {
  COHEAR_REQUIRE(a.width > 0 && batch > 0 && a.users.size() == batch * a.width, Code::kShape,
                 "sampledSoftmaxLoss: users has " << a.users.size() << " numbers for " << batch << " rows of "
                                                  << a.width << "; want at least one row");
  COHEAR_REQUIRE(a.temperature > 0 && std::isfinite(a.temperature), Code::kValue,
                 "sampledSoftmaxLoss: temperature is " << a.temperature << ", want a finite number above 0");
  CheckItems(a.items, batch, a.width, "item");
  CheckItems(a.extra, a.extra.ids.size(), a.width, "negative item");
  COHEAR_REQUIRE(a.users_gradient.empty() || a.users_gradient.size() == a.users.size(), Code::kShape,
                 "sampledSoftmaxLoss: the user gradient has " << a.users_gradient.size() << " numbers");
  if (!a.positives.offsets.empty()) {
    COHEAR_REQUIRE(a.positives.rows() == batch, Code::kShape,
                   "sampledSoftmaxLoss: positives has " << a.positives.rows() << " rows, want " << batch);
    CheckCsr(a.positives, size_t{1} << 32, "positives");
  }
  if (a.weights.empty()) return static_cast<double>(batch);
  COHEAR_REQUIRE(a.weights.size() == batch, Code::kShape,
                 "sampledSoftmaxLoss: " << a.weights.size() << " weights for " << batch << " rows");
  double sum = 0;
  for (const float weight : a.weights) {
    COHEAR_REQUIRE(weight >= 0 && std::isfinite(weight), Code::kValue,
                   "sampledSoftmaxLoss: a weight is " << weight << ", want finite numbers of at least 0");
    sum += weight;
  }
  COHEAR_REQUIRE(sum > 0, Code::kValue, "sampledSoftmaxLoss: all weights are 0");
  return sum;
}

// Columns by id, for finding the hits of a row.
class ColumnsOfId {
 public:
  ColumnsOfId(std::span<const uint32_t> items, std::span<const uint32_t> extra) {
    pairs_.reserve(items.size() + extra.size());
    for (const auto list : {items, extra})
      for (const uint32_t id : list) pairs_.push_back((uint64_t{id} << 32) | pairs_.size());
    std::sort(pairs_.begin(), pairs_.end());
  }
  template <class Visit>
  void Each(uint32_t id, Visit&& visit) const {
    for (auto it = std::lower_bound(pairs_.begin(), pairs_.end(), uint64_t{id} << 32);
         it != pairs_.end() && (*it >> 32) == id; ++it)
      visit(static_cast<uint32_t>(*it));
  }

 private:
  std::vector<uint64_t> pairs_;
};

struct Work {
  const SoftmaxArgs& a;
  const Plan& plan;
  const ColumnsOfId& columns_of;
  const std::vector<float>& add;  // bias - logQ of each column
  double weight;                  // sum of weights
};

// One group's copy of the item gradients and its part of the loss.
struct Part {
  double loss = 0;
  std::vector<float> items, bias;  // [columns, width], [columns]
};

struct Scratch {
  std::vector<float> tile, scaled;  // [block, columns], [block, width]
  std::vector<float> factor;        // per row: d loss / d logit = factor * exp(...) less the diagonal
};

void Multiply(GemmArgs args) {
  args.precision = MatMulPrecision();
  if (args.n > 0) GemmOnThisThread(args);
}

// Loss of row r, whose raw products lie in `row`; leaves exp(logit - max) there, masked.
double SoftenRow(const Work& w, size_t r, float* row, float& sum) {
  const float most = ScaleAddMax(row, w.add.data(), 1.0f / w.a.temperature, w.plan.columns);
  const float own = row[r];
  constexpr float kMasked = -std::numeric_limits<float>::infinity();
  const auto mask = [&](uint32_t column) {
    if (column != r) row[column] = kMasked;
  };
  w.columns_of.Each(w.a.items.ids[r], mask);
  if (!w.a.positives.offsets.empty())
    for (const Row id : w.a.positives[r]) w.columns_of.Each(id, mask);
  // A masked column may have been the greatest; shifting by it could leave a sum of 0. Own is never masked.
  const float shift = most - own > 60.0f ? *std::max_element(row, row + w.plan.columns) : most;
  sum = ExpSum(row, shift, w.plan.columns);
  return std::log(double{sum}) + shift - own;
}

void RunBlock(const Work& w, size_t block, Part& part, Scratch& s) {
  const SoftmaxArgs& a = w.a;
  const size_t width = a.width, batch = w.plan.batch, columns = w.plan.columns, extra = columns - batch;
  const size_t begin = block * w.plan.block, rows = std::min(w.plan.block, batch - begin);
  const float* users = a.users.data() + begin * width;
  float* tile = s.tile.data();
  Multiply({.m = rows,
            .n = batch,
            .k = width,
            .transpose_b = true,
            .a = users,
            .lda = width,
            .b = a.items.rows.data(),
            .ldb = width,
            .c = tile,
            .ldc = columns});
  Multiply({.m = rows,
            .n = extra,
            .k = width,
            .transpose_b = true,
            .a = users,
            .lda = width,
            .b = a.extra.rows.data(),
            .ldb = width,
            .c = tile + batch,
            .ldc = columns});
  for (size_t i = 0; i < rows; ++i) {
    const size_t r = begin + i;
    float sum = 0;
    const double weight = (a.weights.empty() ? 1.0 : a.weights[r]) / w.weight;
    const double loss = SoftenRow(w, r, tile + i * columns, sum);
    if (weight > 0) part.loss += weight * loss;
    s.factor[i] = static_cast<float>(weight / sum);
  }
  if (a.users_gradient.empty()) return;
  // d loss / d logit[i][c] = factor[i] E[i][c] - weight[i] [c is own]; factors go to the narrow matrices.
  const float inverse = 1.0f / a.temperature;
  float* users_gradient = a.users_gradient.data() + begin * width;
  Multiply({.m = rows,
            .n = width,
            .k = batch,
            .a = tile,
            .lda = columns,
            .b = a.items.rows.data(),
            .ldb = width,
            .c = users_gradient,
            .ldc = width});
  if (extra > 0) {
    Multiply({.m = rows,
              .n = width,
              .k = extra,
              .a = tile + batch,
              .lda = columns,
              .b = a.extra.rows.data(),
              .ldb = width,
              .c = users_gradient,
              .ldc = width,
              .accumulate = true});
  }
  for (size_t i = 0; i < rows; ++i) {
    const size_t r = begin + i;
    const float own = static_cast<float>((a.weights.empty() ? 1.0 : a.weights[r]) / w.weight);
    float* gradient = users_gradient + i * width;
    Scale(gradient, s.factor[i] * inverse, width);
    AddScaled(gradient, a.items.rows.data() + r * width, -own * inverse, width);
    ScaleInto(s.scaled.data() + i * width, users + i * width, s.factor[i] * inverse, width);
    if (!part.bias.empty()) {
      AddScaled(part.bias.data(), tile + i * columns, s.factor[i], columns);
      part.bias[r] -= own;
    }
  }
  Multiply({.m = columns,
            .n = width,
            .k = rows,
            .transpose_a = true,
            .a = tile,
            .lda = columns,
            .b = s.scaled.data(),
            .ldb = width,
            .c = part.items.data(),
            .ldc = width,
            .accumulate = true});
  for (size_t i = 0; i < rows; ++i) {
    const float own = static_cast<float>((a.weights.empty() ? 1.0 : a.weights[begin + i]) / w.weight);
    AddScaled(part.items.data() + (begin + i) * width, users + i * width, -own * inverse, width);
  }
}

// out = the sum of the groups' copies, from `offset` on.
void Combine(const std::vector<Part>& parts, std::vector<float> Part::*which, size_t offset,
             std::span<float> out) {
  ParallelFor(out.size(), 1 << 14, [&](size_t begin, size_t end) {
    std::copy_n((parts[0].*which).data() + offset + begin, end - begin, out.data() + begin);
    for (size_t p = 1; p < parts.size(); ++p)
      AddInto(out.data() + begin, (parts[p].*which).data() + offset + begin, end - begin);
  });
}

}  // namespace

double SampledSoftmax(const SoftmaxArgs& a) {
  const size_t batch = a.items.ids.size(), columns = batch + a.extra.ids.size();
  const double weight = CheckedWeight(a, batch);
  const Plan plan = MakePlan(a, batch, columns);
  const ColumnsOfId columns_of(a.items.ids, a.extra.ids);
  std::vector<float> add(columns);
  for (size_t c = 0; c < columns; ++c) {
    const SoftmaxItems& from = c < batch ? a.items : a.extra;
    const size_t i = c < batch ? c : c - batch;
    add[c] = (from.bias.empty() ? 0.0f : from.bias[i]) - (from.log_q.empty() ? 0.0f : from.log_q[i]);
  }
  const Work work{a, plan, columns_of, add, weight};
  const bool gradient = !a.users_gradient.empty();
  const bool bias = gradient && (!a.items.bias_gradient.empty() || !a.extra.bias_gradient.empty());
  std::vector<Part> parts(plan.groups);
  gemm::GetProvider();
  ParallelFor(plan.groups, 1, [&](size_t group, size_t) {
    Part& part = parts[group];
    Scratch scratch;
    scratch.tile.resize(plan.block * columns);
    scratch.factor.resize(plan.block);
    if (gradient) {
      scratch.scaled.resize(plan.block * a.width);
      part.items.assign(columns * a.width, 0.0f);
      if (bias) part.bias.assign(columns, 0.0f);
    }
    const size_t last = std::min(plan.blocks, (group + 1) * plan.blocks_of_group);
    for (size_t block = group * plan.blocks_of_group; block < last; ++block)
      RunBlock(work, block, part, scratch);
  });
  if (gradient) {
    if (!a.items.gradient.empty()) Combine(parts, &Part::items, 0, a.items.gradient);
    if (!a.extra.gradient.empty()) Combine(parts, &Part::items, batch * a.width, a.extra.gradient);
    if (!a.items.bias_gradient.empty()) Combine(parts, &Part::bias, 0, a.items.bias_gradient);
    if (!a.extra.bias_gradient.empty()) Combine(parts, &Part::bias, batch, a.extra.bias_gradient);
  }
  double loss = 0;
  for (const Part& part : parts) loss += part.loss;
  return loss;
}

}  // namespace cohear
