#include "graph/graph_file.h"

#include <cstring>

#include "../temporary_folder.h"
#include "../testing.h"
#include "graph/co_interaction.h"
#include "random_histories.h"

namespace cohear {
namespace {

class TemporaryFile {
 public:
  std::string path() const { return folder_ / "graph"; }
  std::string Text() const { return TextOf(path()); }
  void Write(const std::string& bytes) const { WriteText(path(), bytes); }

 private:
  TemporaryFolder folder_;
};

// Items 0 and 1 of type 0, 2 to 4 of type 1; one relation 1 -> 0.
Graph Small() { return {{0, 2, 5}, {{1, 0, {0, 2, 3}, {2, 4, 3}, {1, 2, 3}, {}, {5, 6, 7}}}, {}, 9}; }

constexpr const char* kHeader = R"({"__metadata__":{"kind":"cohear item graph","version":"1","users":"9"},)"
                                R"("1.0.offsets":{"dtype":"U64","shape":[3],"data_offsets":[0,24]},)"
                                R"("1.0.lastTimes":{"dtype":"F64","shape":[3],"data_offsets":[24,48]},)"
                                R"("type_offsets":{"dtype":"U32","shape":[3],"data_offsets":[48,60]},)"
                                R"("1.0.indices":{"dtype":"U32","shape":[3],"data_offsets":[60,72]},)"
                                R"("1.0.counts":{"dtype":"U32","shape":[3],"data_offsets":[72,84]}})";

// Where Small()'s arrays lie in its file.
GraphSections Sections(uint64_t start) {
  return {{start + 48, 3},
          {},
          9,
          {{1, 0, {start, 3}, {start + 60, 3}, Section{start + 72, 3}, {}, Section{start + 24, 3}}}};
}

TEST(GraphFile, IsTheFormatItSays) {
  const TemporaryFile file;
  SaveGraph(Small(), file.path());
  const std::string text = file.Text();
  uint64_t length;
  std::memcpy(&length, text.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(text.size(), 8 + length + 84);
  EXPECT_EQ(text.substr(8, std::string(kHeader).size()), kHeader);
  const Graph graph = OpenGraph(file.path(), Sections(8 + length), Check::kAll);
  EXPECT_TRUE(graph.mapped);
  EXPECT_EQ(graph.type_offsets, Small().type_offsets);
  EXPECT_EQ(graph.users, 9u);
  EXPECT_EQ(graph.relations[0].offsets, Small().relations[0].offsets);
  EXPECT_EQ(graph.relations[0].indices, Small().relations[0].indices);
  EXPECT_EQ(graph.relations[0].counts, Small().relations[0].counts);
  EXPECT_EQ(graph.relations[0].last_times, Small().relations[0].last_times);
  EXPECT_TRUE(graph.relations[0].scores.empty());
}

TEST(GraphFile, StaysUsableWhenItsFileIsReplaced) {
  const TemporaryFile file;
  SaveGraph(Small(), file.path());
  const uint64_t start = file.Text().size() - 84;
  const Graph graph = OpenGraph(file.path(), Sections(start), Check::kAll);
  SaveGraph(graph, file.path());  // over itself
  SaveGraph({{0, 1}, {}, {}, 0}, file.path());
  EXPECT_EQ(graph.relations[0].indices, Small().relations[0].indices);
}

TEST(GraphFile, ReadsArraysThatAreNotAligned) {
  const TemporaryFile file;
  SaveGraph(Small(), file.path());
  const std::string text = file.Text();
  file.Write("xyz" + text);
  const Graph graph = OpenGraph(file.path(), Sections(text.size() - 84 + 3), Check::kAll);
  EXPECT_EQ(graph.relations[0].last_times, Small().relations[0].last_times);
}

TEST(GraphFile, IsNeverReadOutOfBounds) {
  const TemporaryFile file;
  EXPECT_EQ(CodeOf([&] { OpenGraph(file.path(), Sections(0), Check::kAll); }), "ERR_IO");
  file.Write("");
  EXPECT_EQ(CodeOf([&] { OpenGraph(file.path(), Sections(0), Check::kStructure); }), "ERR_FORMAT");
  EXPECT_EQ(CodeOf([&] { OpenGraph("/tmp", Sections(0), Check::kStructure); }), "ERR_IO");
  SaveGraph(Small(), file.path());
  const std::string text = file.Text();
  const uint64_t start = text.size() - 84;
  for (const Check check : {Check::kStructure, Check::kAll}) {
    const auto open = [&](auto change) {
      GraphSections sections = Sections(start);
      change(sections);
      return CodeOf([&] { OpenGraph(file.path(), sections, check); });
    };
    EXPECT_EQ(open([](GraphSections&) {}), "no error");
    EXPECT_EQ(open([&](GraphSections& s) { s.relations[0].counts = {text.size() - 8, 3}; }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.relations[0].indices.length = UINT64_MAX; }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.relations[0].indices.begin = UINT64_MAX - 3; }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.relations[0].offsets.length = uint64_t{1} << 61; }),
              "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.type_offsets.length = 1; }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.relations[0].source_type = 7; }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.relations.push_back(s.relations[0]); }), "ERR_FORMAT");
    EXPECT_EQ(open([](GraphSections& s) { s.item_users = s.type_offsets; }), "ERR_FORMAT");
  }
}

// Whatever happens to the bytes, the structure check leaves offsets that stay inside the arrays, and the full
// check leaves neighbours that stay inside the catalogue.
TEST(GraphFile, OpensOnlyWhatCanBeRead) {
  const TemporaryFile file;
  SaveGraph(Small(), file.path());
  const std::string good = file.Text();
  const uint64_t start = good.size() - 84;
  size_t refused = 0;
  for (uint32_t trial = 0; trial < 2000; ++trial) {
    Draws draws(1, trial, 0, 0);
    std::string bytes = good;
    for (uint32_t i = 0; i <= trial % 4; ++i)
      bytes[start + draws.NextBelow(84)] = static_cast<char>(draws.NextBelow(256));
    if (trial % 8 == 0) bytes.resize(start + draws.NextBelow(84));
    file.Write(bytes);
    for (const Check check : {Check::kStructure, Check::kAll}) {
      try {
        const Graph graph = OpenGraph(file.path(), Sections(start), check);
        const Relation& relation = graph.relations[0];
        for (size_t row = 0; row < relation.csr().rows(); ++row) {
          ASSERT_LE(relation.offsets[row], relation.offsets[row + 1]);
          for (const Row neighbour : relation.csr()[row]) {
            ASSERT_TRUE(check == Check::kStructure || neighbour < graph.nodes());
          }
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kFormat) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 1000u);
}

TEST(GraphFile, KeepsAWholeGraph) {
  const TestHistories histories = RandomHistories(3, 200, 60, 12);
  CoInteractionOptions options;
  options.prune = PruneOptions{};
  const Graph graph = CoInteraction(histories.csr(), histories.times, std::vector<Row>{0, 20, 60}, options);
  const TemporaryFile file;
  SaveGraph(graph, file.path());
  const auto bytes = std::filesystem::file_size(file.path());
  EXPECT_GE(bytes, BytesOf(graph));
  EXPECT_LT(bytes, BytesOf(graph) + 4096);
  EXPECT_EQ(CodeOf([&] { SaveGraph(graph, "/nowhere/graph.safetensors"); }), "ERR_IO");
}

}  // namespace
}  // namespace cohear
