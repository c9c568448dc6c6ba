#include "tensor/source_table.h"

#include <bit>
#include <cmath>
#include <limits>

#include "../testing.h"
#include "tensor/segment.h"

namespace cohear {
namespace {

// The numbers of a table: each row's sum over one edge to it.
std::vector<float> Decoded(const SourceTable& table, size_t rows, size_t width) {
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  for (size_t row = 0; row < rows; ++row) {
    indices.push_back(static_cast<Row>(row));
    offsets.push_back(row + 1);
  }
  std::vector<float> out(rows * width);
  GatherAggregate({offsets, indices}, table, rows, width, Aggregate::kMax, {}, out, {});
  return out;
}
float Read(Element element, uint16_t bits) { return Decoded({element, &bits, 1}, 1, 1)[0]; }
uint16_t Half(float value) { return EncodeFloat16(std::span(&value, 1))[0]; }
uint16_t Brain(float value) { return EncodeBFloat16(std::span(&value, 1))[0]; }

// The value of a half-precision number by IEEE 754.
double HalfByDefinition(uint16_t bits) {
  const int sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
}

TEST(SourceTable, ReadsEveryHalf) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const double want = HalfByDefinition(static_cast<uint16_t>(bits));
    const float got = Read(Element::kFloat16, static_cast<uint16_t>(bits));
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(got));
      EXPECT_TRUE(std::isnan(Read(Element::kFloat16, Half(got))));
    } else {
      ASSERT_EQ(got, want) << bits;
      ASSERT_EQ(Half(got), bits);
    }
  }
}

// Sixteen numbers are read at a time where the width allows it.
TEST(SourceTable, ReadsHalvesTogetherAsOneByOne) {
  std::vector<uint16_t> bits(65536);
  for (uint32_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  const auto narrow = Decoded({Element::kFloat16, bits.data(), bits.size()}, 65536, 1),
             wide = Decoded({Element::kFloat16, bits.data(), bits.size()}, 256, 256);
  // Of a NaN only that it is one: adding may or may not set its quiet bit.
  for (size_t i = 0; i < bits.size(); ++i)
    if (!std::isnan(narrow[i]) || !std::isnan(wide[i]))
      ASSERT_EQ(std::bit_cast<uint32_t>(narrow[i]), std::bit_cast<uint32_t>(wide[i])) << i;
}

TEST(SourceTable, RoundsToTheNearest) {
  EXPECT_EQ(Half(1 + 0x1p-11f), Half(1.0f));         // a tie: to even
  EXPECT_EQ(Half(1 + 0x3p-11f), Half(1 + 0x1p-9f));  // a tie: to even
  EXPECT_EQ(Half(1 + 0x1.1p-11f), Half(1 + 0x1p-10f));
  EXPECT_EQ(Read(Element::kFloat16, Half(65519.0f)), 65504.0f);
  EXPECT_EQ(Read(Element::kFloat16, Half(65520.0f)), INFINITY);
  EXPECT_EQ(Read(Element::kFloat16, Half(-1e30f)), -INFINITY);
  EXPECT_EQ(Half(0x1.8p-25f), Half(0x1p-24f));
  EXPECT_EQ(Half(0x1p-25f), 0u);
  EXPECT_EQ(Brain(1 + 0x1p-8f), Brain(1.0f));
  EXPECT_EQ(Brain(1 + 0x3p-8f), Brain(1 + 0x1p-6f));
  EXPECT_EQ(Read(Element::kBFloat16, Brain(-3.0f)), -3.0f);
  EXPECT_EQ(Read(Element::kBFloat16, Brain(INFINITY)), INFINITY);
  EXPECT_TRUE(std::isnan(Read(Element::kBFloat16, Brain(std::bit_cast<float>(0x7f800001u)))));
}

TEST(SourceTable, ScalesRowsOfInt8) {
  const std::vector<float> x{1, -2, 0.5f, 0, 0, 0};
  const Int8Rows rows = EncodeInt8(x, 3);
  EXPECT_EQ(rows.scales, (std::vector<float>{2.0f / 127, 0}));
  EXPECT_EQ(rows.values, (std::vector<int8_t>{64, -127, 32, 0, 0, 0}));  // 63.5 rounds to even
  EXPECT_EQ(CodeOf([] { EncodeInt8(std::vector<float>{1, NAN}, 2); }), "ERR_VALUE");
  EXPECT_EQ(CodeOf([] { EncodeInt8(std::vector<float>{1, 2, 3}, 2); }), "ERR_SHAPE");
}

// Aggregating a table is aggregating the floats that its rows decode to, bit for bit.
TEST(SourceTable, AggregatesAsItsDecodedRows) {
  const size_t sources = 50, width = 229, targets = 90;
  std::vector<float> x(sources * width);
  Draws draws(3, 0, 0, 0);
  for (float& value : x) value = static_cast<float>(draws.Next()) / 4294967296.0f - 0.5f;
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  std::vector<float> weights;
  for (size_t v = 0; v < targets; ++v) {
    for (uint32_t e = draws.NextBelow(6); e > 0; --e) {
      indices.push_back(draws.NextBelow(sources));
      weights.push_back(static_cast<float>(draws.NextBelow(5)));
    }
    offsets.push_back(indices.size());
  }
  const auto half = EncodeFloat16(x), brain = EncodeBFloat16(x);
  const Int8Rows rows = EncodeInt8(x, width);
  const SourceTable tables[] = {{Element::kFloat16, half.data(), half.size()},
                                {Element::kBFloat16, brain.data(), brain.size()},
                                {Element::kInt8, rows.values.data(), rows.values.size(), rows.scales}};
  for (const SourceTable& table : tables) {
    const std::vector<float> decoded = Decoded(table, sources, width);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(decoded[i], x[i], 0.5 / 127);
    for (const Aggregate mode : {Aggregate::kMax, Aggregate::kMean, Aggregate::kSum}) {
      const std::span<const float> given = mode == Aggregate::kSum ? weights : std::span<const float>{};
      std::vector<float> want(targets * width);
      GatherAggregate({offsets, indices}, decoded, sources, width, mode, given, want, {});
      for (const int threads : {1, 2, 7}) {
        WithThreads with(threads);
        std::vector<float> got(targets * width);
        GatherAggregate({offsets, indices}, table, sources, width, mode, given, got, {});
        EXPECT_EQ(got, want);
      }
    }
  }
  SourceTable wrong = tables[2];
  wrong.scales = wrong.scales.first(3);
  std::vector<float> out(targets * width);
  EXPECT_EQ(CodeOf([&] {
              GatherAggregate({offsets, indices}, wrong, sources, width, Aggregate::kMean, {}, out, {});
            }),
            "ERR_SHAPE");
}

// A gradient so large that it is written past the caches is the same as a small one.
TEST(GatherAggregateBackward, IsTheSameWhenStreamed) {
  const size_t width = 64, used = 1000, sources = 200'000;  // 51 MB
  std::vector<Offset> offsets{0};
  std::vector<Row> indices;
  Draws draws(5, 0, 0, 0);
  for (size_t v = 0; v < 500; ++v) {
    for (uint32_t e = draws.NextBelow(6); e > 0; --e) indices.push_back(draws.NextBelow(used));
    offsets.push_back(indices.size());
  }
  std::vector<float> dy(500 * width);
  for (float& value : dy) value = static_cast<float>(draws.NextBelow(100));
  std::vector<float> small(used * width), large(sources * width, 1.0f);
  GatherAggregateBackward({offsets, indices}, dy, used, width, Aggregate::kMean, {}, {}, small);
  GatherAggregateBackward({offsets, indices}, dy, sources, width, Aggregate::kMean, {}, {}, large);
  EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
  EXPECT_TRUE(std::all_of(large.begin() + used * width, large.end(), [](float value) { return value == 0; }));
}

}  // namespace
}  // namespace cohear
