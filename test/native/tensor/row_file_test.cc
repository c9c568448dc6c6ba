#include "tensor/row_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "../temporary_folder.h"
#include "core/error.h"
#include "core/pool.h"
#include "retrieval/dot_scores.h"
#include "retrieval/top_k.h"

namespace cohear {
namespace {

template <class T>
std::string BytesOf(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), 0);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<float> Numbers(size_t count) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(static_cast<int>(i * 7919 % 2001) - 1000) / 999;
  return out;
}

TEST(RowFile, ReadsWhatItsElementsSay) {
  constexpr size_t kRows = 300, kWidth = 5;
  const TemporaryFolder folder;
  const std::string path = folder / "rows";
  const auto x = Numbers(kRows * kWidth);
  const Int8Rows small = EncodeInt8(x, kWidth);
  const std::string head(8, '-');
  const struct {
    Element element;
    std::string bytes;
    RowPlace place;
    SourceTable table;
  } cases[] = {
      {Element::kFloat32, head + BytesOf(x), {Element::kFloat32, kRows, kWidth, 8}, SourceTable::Floats(x)},
      {Element::kInt8,
       head + BytesOf(small.scales) + BytesOf(small.values),
       {Element::kInt8, kRows, kWidth, 8 + kRows * 4, 8},
       {Element::kInt8, small.values.data(), small.values.size(), small.scales}},
  };
  for (const auto& [element, bytes, place, table] : cases) {
    WriteText(path, bytes);
    const RowFile file(path, place);
    const std::vector<Row> rows{7, 0, 299, 7};
    for (const int threads : {1, 2, 7}) {
      SetThreads(threads);
      std::vector<float> got(rows.size() * kWidth), want(kWidth), all(200 * kWidth);
      file.Read(rows, got);
      for (size_t i = 0; i < rows.size(); ++i) {
        const float* row = table.Row(rows[i], kWidth, want.data());
        EXPECT_EQ(std::vector<float>(row, row + kWidth),
                  std::vector<float>(&got[i * kWidth], &got[i * kWidth] + kWidth));
      }
      file.ReadFrom(100, all);
      const float* last = table.Row(299, kWidth, want.data());
      EXPECT_EQ(std::vector<float>(last, last + kWidth), std::vector<float>(all.end() - kWidth, all.end()));
    }
    std::vector<float> room(kWidth);
    EXPECT_THROW(file.Read(std::vector<Row>{300}, room), Error);
    room.resize(kWidth + 1);
    EXPECT_THROW(file.ReadFrom(0, room), Error);
    room.resize(2 * kWidth);
    EXPECT_THROW(file.ReadFrom(299, room), Error);
  }
  SetThreads(2);
}

TEST(RowFile, RefusesRowsThatAreNotInTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "rows";
  WriteText(path, std::string(40, 0));
  const auto open = [&](RowPlace place) { RowFile file(path, place); };
  EXPECT_NO_THROW(open({Element::kFloat32, 4, 2, 8}));
  EXPECT_THROW(open({Element::kFloat32, 5, 2, 8}), Error);
  EXPECT_THROW(open({Element::kFloat32, 4, 2, 6}), Error);
  EXPECT_THROW(open({Element::kFloat32, 4, 0, 8}), Error);
  EXPECT_THROW(open({Element::kFloat16, 4, 2, SIZE_MAX - 3}), Error);
  EXPECT_THROW(open({Element::kInt8, 8, 4, 8, 20}), Error);
  EXPECT_THROW(RowFile(folder / "none", {Element::kFloat32, 1, 1, 0}), Error);
}

// Scores and lists from fewer bits are those of the decoded rows.
TEST(RowFile, ServesRetrieval) {
  constexpr size_t kRows = 16'500, kWidth = 20, kQueries = 40;
  const auto x = Numbers(kRows * kWidth), queries = Numbers(kQueries * kWidth);
  const auto half = EncodeFloat16(x);
  const Int8Rows small = EncodeInt8(x, kWidth);
  const SourceTable tables[] = {{Element::kFloat16, half.data(), half.size()},
                                {Element::kInt8, small.values.data(), small.values.size(), small.scales}};
  for (const SourceTable& table : tables) {
    std::vector<float> decoded(kRows * kWidth);
    for (size_t row = 0; row < kRows; ++row) table.Row(row, kWidth, &decoded[row * kWidth]);
    for (const int threads : {1, 2, 7}) {
      SetThreads(threads);
      std::vector<float> got(kQueries * kRows), want(kQueries * kRows);
      DotScores(queries, table, kWidth, {}, got);
      DotScores(queries, decoded, kWidth, {}, want);
      EXPECT_EQ(got, want);
      for (const ScanBy scan : {ScanBy::kFloats, ScanBy::kInt8}) {
        const TopKOptions options{10, 3, kRows - 5, scan};
        const TopKResult found = SearchTopK(queries, table, kWidth, {}, options);
        const TopKResult wanted = SearchTopK(queries, decoded, kWidth, {}, options);
        EXPECT_EQ(found.rows, wanted.rows);
        EXPECT_EQ(found.scores, wanted.scores);
      }
    }
  }
  SetThreads(2);
}

}  // namespace
}  // namespace cohear
