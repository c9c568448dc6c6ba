#include "tensor/segment.h"

#include "testing.h"

namespace cohear {
namespace {

using testing::Random;

struct Block {
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  CsrView view() const { return {offsets, indices}; }
};

Block RandomBlock(size_t targets, uint32_t sources, uint32_t most, uint32_t seed) {
  Block block;
  Draws draws(seed, 1, 0, 0);
  for (size_t v = 0; v < targets; ++v) {
    for (uint32_t e = draws.NextBelow(most + 1); e > 0; --e)
      block.indices.push_back(draws.NextBelow(sources));
    block.offsets.push_back(block.indices.size());
  }
  return block;
}

struct Result {
  std::vector<float> out, dx;
  std::vector<int32_t> argmax;
};

Result Compute(const Block& block, const std::vector<float>& x, const std::vector<float>& dy, size_t sources,
               size_t width, Aggregate mode, const std::vector<float>& weights = {}) {
  Result r;
  r.out.assign(block.view().rows() * width, -9.0f);
  r.argmax.assign(mode == Aggregate::kMax ? r.out.size() : 0, -9);
  r.dx.assign(x.size(), -9.0f);
  GatherAggregate(block.view(), x, sources, width, mode, weights, r.out, r.argmax);
  GatherAggregateBackward(block.view(), dy, sources, width, mode, weights, r.argmax, r.dx);
  return r;
}

// The definition, edge by edge, in double.
Result Reference(const Block& block, const std::vector<float>& x, const std::vector<float>& dy, size_t width,
                 Aggregate mode, const std::vector<float>& weights = {}) {
  Result r;
  std::vector<double> dx(x.size());
  for (size_t v = 0; v < block.view().rows(); ++v) {
    const Offset begin = block.offsets[v], end = block.offsets[v + 1];
    for (size_t j = 0; j < width; ++j) {
      double value = 0;
      int32_t best = kNoEdge;
      const double share = mode == Aggregate::kMean ? 1.0 / static_cast<double>(end - begin) : 1.0;
      for (Offset e = begin; e < end; ++e) {
        const float element = x[block.indices[e] * width + j];
        if (mode == Aggregate::kMax) {
          if (best == kNoEdge || element > x[block.indices[best] * width + j]) best = static_cast<int32_t>(e);
        } else {
          const double weight = share * (weights.empty() ? 1.0 : weights[e]);
          value += weight * element;
          dx[block.indices[e] * width + j] += weight * dy[v * width + j];
        }
      }
      if (best != kNoEdge) {
        value = x[block.indices[best] * width + j];
        dx[block.indices[best] * width + j] += dy[v * width + j];
      }
      r.out.push_back(static_cast<float>(value));
      if (mode == Aggregate::kMax) r.argmax.push_back(best);
    }
  }
  r.dx.assign(dx.begin(), dx.end());
  return r;
}

TEST(Segment, ByHand) {
  const Block block{{0, 2, 2, 3}, {1, 0, 1}};
  const std::vector<float> x{1, 5, 1, -2}, dy{1, 10, 7, 7, 100, 1000};
  const Result r = Compute(block, x, dy, 2, 2, Aggregate::kMax);
  EXPECT_EQ(r.out, (std::vector<float>{1, 5, 0, 0, 1, -2}));
  EXPECT_EQ(r.argmax,
            (std::vector<int32_t>{0, 1, kNoEdge, kNoEdge, 2, 2}));  // the tie goes to the first edge
  EXPECT_EQ(r.dx, (std::vector<float>{0, 10, 101, 1000}));
}

TEST(Segment, AgreesWithTheDefinition) {
  for (const size_t width : {size_t{1}, size_t{15}, size_t{64}, size_t{131}, size_t{384}}) {
    const size_t sources = 90, targets = 150;
    const Block block = RandomBlock(targets, sources, 12, static_cast<uint32_t>(width));
    std::vector<float> x = Random(sources * width, 3);
    for (float& value : x) value = std::round(value * 8) / 8;  // so that ties occur
    const std::vector<float> dy = Random(targets * width, 4), weights = Random(block.indices.size(), 5);
    for (const Aggregate mode : {Aggregate::kMax, Aggregate::kMean, Aggregate::kSum}) {
      const Result got = Compute(block, x, dy, sources, width, mode),
                   want = Reference(block, x, dy, width, mode);
      testing::ExpectClose(got.out, want.out);
      testing::ExpectClose(got.dx, want.dx);
      EXPECT_EQ(got.argmax, want.argmax);
    }
    const Result got = Compute(block, x, dy, sources, width, Aggregate::kSum, weights);
    const Result want = Reference(block, x, dy, width, Aggregate::kSum, weights);
    testing::ExpectClose(got.out, want.out);
    testing::ExpectClose(got.dx, want.dx);
  }
}

TEST(Segment, MaxWithoutArgmaxGivesTheSameRows) {
  const Block block = RandomBlock(50, 20, 6, 1);
  const std::vector<float> x = Random(20 * 9, 2);
  std::vector<float> one(50 * 9), two(50 * 9);
  std::vector<int32_t> argmax(50 * 9);
  GatherAggregate(block.view(), x, 20, 9, Aggregate::kMax, {}, one, argmax);
  GatherAggregate(block.view(), x, 20, 9, Aggregate::kMax, {}, two, {});
  EXPECT_EQ(one, two);
}

TEST(Segment, AddsToWhatIsThere) {
  const Block block = RandomBlock(50, 20, 6, 1);
  for (const size_t width : {9, 64, 200}) {
    const std::vector<float> x = Random(20 * width, 2), before = Random(50 * width, 3);
    for (const Aggregate mode : {Aggregate::kMax, Aggregate::kMean, Aggregate::kSum}) {
      std::vector<float> alone(50 * width), sum = before;
      GatherAggregate(block.view(), x, 20, width, mode, {}, alone, {});
      GatherAggregate(block.view(), x, 20, width, mode, {}, sum, {}, true);
      for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], before[i] + alone[i]);
    }
  }
  std::vector<float> out(50), x(20);
  std::vector<int32_t> argmax(50);
  EXPECT_EQ(testing::CodeOf(
                [&] { GatherAggregate(block.view(), x, 20, 1, Aggregate::kMax, {}, out, argmax, true); }),
            Code::kValue);
}

TEST(Segment, SameBitsAtAnyNumberOfThreads) {
  const size_t sources = 800, targets = 1000, width = 240;
  const Block block = RandomBlock(targets, sources, 15, 7);
  const std::vector<float> x = Random(sources * width, 8), dy = Random(targets * width, 9);
  for (const Aggregate mode : {Aggregate::kMax, Aggregate::kMean, Aggregate::kSum}) {
    testing::ExpectSameBits([&] {
      Result r = Compute(block, x, dy, sources, width, mode);
      r.out.insert(r.out.end(), r.dx.begin(), r.dx.end());
      return r.out;
    });
  }
}

TEST(Segment, TransposedBlockListsEveryUseInOrder) {
  const Block block{{0, 2, 3, 5}, {1, 0, 1, 2, 1}};
  const TransposedBlock t = TransposeBlock(block.view(), 4);
  EXPECT_EQ(t.offsets, (std::vector<Offset>{0, 1, 4, 5, 5}));
  EXPECT_EQ(t.edges, (std::vector<uint32_t>{1, 0, 2, 4, 3}));
  EXPECT_EQ(t.targets, (std::vector<Row>{0, 0, 1, 2, 2}));
}

TEST(Segment, RefusesBlocksThatCannotBe) {
  std::vector<float> x(4), out(4);
  const auto code = [&](Block block, std::vector<float> weights = {}, Aggregate mode = Aggregate::kSum) {
    return testing::CodeOf([&] { GatherAggregate(block.view(), x, 2, 2, mode, weights, out, {}); });
  };
  EXPECT_EQ(code({{0, 1, 2}, {0, 2}}), Code::kRange);
  EXPECT_EQ(code({{0, 2, 1}, {0}}), Code::kValue);
  EXPECT_EQ(code({{0, 1}, {0}}), Code::kShape);  // out has two rows
  EXPECT_EQ(code({{0, 1, 2}, {0, 1}}, {1}), Code::kShape);
  EXPECT_EQ(code({{0, 1, 2}, {0, 1}}, {1, 1}, Aggregate::kMax), Code::kValue);
}

}  // namespace
}  // namespace cohear
