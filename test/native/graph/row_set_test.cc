#include "graph/row_set.h"

#include <set>

#include "../testing.h"

namespace cohear {
namespace {

std::vector<Row> Drained(RowSet& set) {
  std::vector<Row> rows;
  set.Drain([&](Row row) { rows.push_back(row); });
  return rows;
}

TEST(RowSet, GivesRowsAscendingAndEmptiesItself) {
  for (const uint32_t rows : {1u, 63u, 64u, 65u, 4096u, 4097u, 1000000u}) {
    RowSet set(rows);
    for (uint32_t round = 0; round < 3; ++round) {
      Draws draws(rows, round, 0, 0);
      std::set<Row> want{0, rows - 1};
      for (int i = 0; i < 50; ++i) want.insert(draws.NextBelow(rows));
      for (auto row = want.rbegin(); row != want.rend(); ++row) {
        set.Insert(*row);
        set.Insert(*row);
      }
      EXPECT_EQ(Drained(set), std::vector<Row>(want.begin(), want.end()));
      EXPECT_TRUE(Drained(set).empty());
    }
  }
}

}  // namespace
}  // namespace cohear
