#include "../temporary_folder.h"
#include "../testing.h"
#include "graph/co_interaction.h"
#include "graph/graph_file.h"
#include "random_histories.h"

namespace cohear {
namespace {

// Working arrays of these histories take some 500 KB; 16 MB never spills before the end, 700 KB often.
TEST(CoInteractionToFile, WritesTheBytesThatSavingWrites) {
  const TestHistories histories = RandomHistories(3, 3000, 2000, 30);
  const std::vector<Row> types{0, 700, 2000};
  const TemporaryFolder folder;
  for (const size_t top_k : {0u, 5u}) {
    CoInteractionOptions options{.min_count = 1};
    if (top_k) options.prune = PruneOptions{Score::kCosine, 0, top_k};
    SaveGraph(CoInteraction(histories.csr(), histories.times, types, options), folder / "want");
    for (const int threads : {1, 2, 7}) {
      WithThreads with(threads);
      for (const size_t memory : {size_t{1400} << 10, size_t{64} << 20}) {
        CoInteractionToFile(histories.csr(), histories.times, types, options, folder / "got", memory);
        EXPECT_TRUE(TextOf(folder / "got") == TextOf(folder / "want"));
      }
    }
  }
  EXPECT_EQ(folder.files(), 2u);  // nothing temporary is left
}

TEST(CoInteractionToFile, SaysWhatStopsIt) {
  const TestHistories histories = RandomHistories(3, 300, 200, 30);
  const std::vector<Row> types{0, 200};
  const TemporaryFolder folder;
  const auto build = [&](const std::string& path, size_t memory, const Watch& watch = {}) {
    return CodeOf(
        [&] { CoInteractionToFile(histories.csr(), histories.times, types, {}, path, memory, watch); });
  };
  EXPECT_EQ(build(folder / "graph", 1000), "ERR_MEMORY");
  EXPECT_EQ(build(folder / "missing/graph", 1 << 26), "ERR_IO");
  int32_t cells[2] = {1, 0};
  EXPECT_EQ(build(folder / "graph", 1 << 26, {&cells[0], &cells[1]}), "ERR_CANCELLED");
  EXPECT_EQ(folder.files(), 0u);
  EXPECT_EQ(build(folder / "graph", 1 << 26), "no error");
}

}  // namespace
}  // namespace cohear
