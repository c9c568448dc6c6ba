#include "core/by_source.h"

#include <vector>

#include "../testing.h"
#include "core/random.h"

namespace cohear {
namespace {

struct Order {
  std::vector<Offset> offsets, edges;
  std::vector<size_t> rows;
  bool operator==(const Order&) const = default;
};

Order Sorted(const CsrView& csr, Row first, size_t sources) {
  const size_t edges = csr.indices.size();
  Order order{{}, std::vector<Offset>(edges, ~Offset{0}), std::vector<size_t>(edges)};
  order.offsets = BySource(csr, first, sources, [&](Offset e, size_t row, Offset at) {
    order.edges[at] = e;
    order.rows[at] = row;
  });
  return order;
}

TEST(BySource, ByHand) {
  const std::vector<Offset> offsets{0, 2, 2, 5};
  const std::vector<Row> indices{11, 12, 10, 12, 11};
  const Order order = Sorted({offsets, indices}, 10, 4);
  EXPECT_EQ(order.offsets, (std::vector<Offset>{0, 1, 3, 5, 5}));
  EXPECT_EQ(order.edges, (std::vector<Offset>{2, 0, 4, 1, 3}));
  EXPECT_EQ(order.rows, (std::vector<size_t>{2, 0, 2, 0, 2}));
  EXPECT_EQ(Sorted({std::vector<Offset>{0}, {}}, 0, 2).offsets, (std::vector<Offset>{0, 0, 0}));
  EXPECT_EQ(Sorted({}, 0, 0).offsets, (std::vector<Offset>{0}));
}

// Enough edges for several chunks, one row with nearly all of them, and rows without any.
TEST(BySource, IsTheSameAsASortAtAnyNumberOfThreads) {
  constexpr size_t kRows = 5000, kSources = 3000;
  for (const bool lopsided : {false, true}) {
    std::vector<Offset> offsets{0};
    std::vector<Row> indices;
    for (uint32_t row = 0; row < kRows; ++row) {
      const Counter bits = Philox(1, {row, lopsided, 0, 0});
      const uint32_t degree = lopsided ? (row == 1700 ? 90'000 : Below(bits[0], 3)) : Below(bits[0], 40);
      for (uint32_t i = 0; i < degree; ++i)
        indices.push_back(Below(Philox(2, {row, i, lopsided, 0})[0], kSources));
      offsets.push_back(indices.size());
    }
    const CsrView csr{offsets, indices};
    std::vector<std::vector<Offset>> plain(kSources);
    for (Offset e = 0; e < indices.size(); ++e) plain[indices[e]].push_back(e);
    std::vector<Offset> want;
    for (const auto& own : plain) want.insert(want.end(), own.begin(), own.end());
    for (const int threads : {1, 2, 7}) {
      const WithThreads with(threads);
      const Order order = Sorted(csr, 0, kSources);
      EXPECT_EQ(order.edges, want) << threads;
      for (size_t at = 0; at < want.size(); ++at) {
        ASSERT_GE(want[at], offsets[order.rows[at]]);
        ASSERT_LT(want[at], offsets[order.rows[at] + 1]);
      }
      for (size_t s = 0; s < kSources; ++s)
        ASSERT_EQ(order.offsets[s + 1] - order.offsets[s], plain[s].size());
    }
  }
}

}  // namespace
}  // namespace cohear
