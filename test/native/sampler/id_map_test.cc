#include "sampler/id_map.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "core/random.h"

namespace cohear {
namespace {

// Relabels in three parts with an ordinary map.
void ExpectOrderOfFirstAppearance(IdMap& map, Row first, Row rows, uint64_t seed) {
  std::map<Row, Row> positions;
  RawVector<Row> nodes;
  for (uint32_t part = 0; part < 3; ++part) {
    std::vector<Row> ids, want;
    for (uint32_t i = 0; i < 1500; ++i) {
      ids.push_back(first + Below(Philox(seed, {i, part, 0, 0})[0], rows));
      want.push_back(positions.try_emplace(ids.back(), static_cast<Row>(positions.size())).first->second);
    }
    map.Relabel(ids, nodes);
    EXPECT_EQ(ids, want);
    ASSERT_EQ(nodes.size(), positions.size());
  }
  for (const auto& [id, position] : positions) EXPECT_EQ(nodes[position], id);
}

TEST(IdMap, DenseAndHashAgreeAndAreReused) {
  IdMap map;
  const Row huge = 1u << 30;
  for (uint64_t use = 0; use < 4; ++use) {
    map.Reset(100, 5000, 10);
    EXPECT_TRUE(map.dense());
    ExpectOrderOfFirstAppearance(map, 100, 5000, use);
    map.Reset(7, huge, 10);  // far fewer expected than come: the table grows
    EXPECT_FALSE(map.dense());
    ExpectOrderOfFirstAppearance(map, 7, huge, use);
    map.Reset(3, huge, 4000);
    ExpectOrderOfFirstAppearance(map, 3, 4000, use);
  }
}

TEST(IdMap, StampsStartOverBeforeTheyRunOut) {
  IdMap map(std::numeric_limits<uint32_t>::max() - 12000);
  for (uint64_t use = 0; use < 8; ++use) {
    map.Reset(0, 5000, 10);
    ExpectOrderOfFirstAppearance(map, 0, 5000, use);
  }
}

TEST(IdMap, SizeRule) {
  IdMap map;
  map.Reset(0, IdMap::kDenseRows, 0);
  EXPECT_TRUE(map.dense());
  map.Reset(0, IdMap::kDenseRows * 2, 10);
  EXPECT_FALSE(map.dense());
  map.Reset(0, IdMap::kDenseRows * 2, IdMap::kDenseRows / 8);  // so many that a hash would be as large
  EXPECT_TRUE(map.dense());
}

}  // namespace
}  // namespace cohear
