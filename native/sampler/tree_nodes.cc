// One tree per seed. Trees are independent, so a hop goes through them in parallel, each with a small table
// of its own that stays in cache; within a hop and type the new nodes of tree 0 come first, then those of
// tree 1, ...
#include <algorithm>

#include "core/pool.h"
#include "sampler/node_lists.h"

namespace cohear {
namespace {

constexpr size_t kTrees = 16;             // per grain
constexpr uint32_t kNew = 1u << 31;       // marks a position that counts from the tree's first new node
constexpr uint32_t kFree = ~uint32_t{0};  // no value: of an empty slot

// Rows of one tree to positions.
class Table {
 public:
  void Reset(size_t entries) {
    size_t capacity = 64;
    while (capacity < 2 * entries) capacity *= 2;
    slots_.assign(capacity, {0, kFree});
  }
  // The value of `row`; `value` where it had none.
  uint32_t Put(Row row, uint32_t value) {
    size_t place = static_cast<size_t>((row * 0x9E3779B97F4A7C15ull) >> 32) & (slots_.size() - 1);
    while (slots_[place].value != kFree && slots_[place].row != row)
      place = (place + 1) & (slots_.size() - 1);
    if (slots_[place].value == kFree) slots_[place] = {row, value};
    return slots_[place].value;
  }

 private:
  struct Slot {
    Row row;
    uint32_t value;
  };
  std::vector<Slot> slots_;
};

class Trees : public NodeLists {
 public:
  explicit Trees(const Graph& graph) : graph_(graph), levels_(graph.types()) {}

  void AddSeeds(std::span<const Row> seeds, Blocks& out) override {
    trees_ = seeds.size();
    out.trees.resize(graph_.types());
    for (auto& levels : levels_) levels.push_back(std::vector<uint32_t>(trees_ + 1, 0));
    std::vector<uint32_t> type(trees_);
    for (size_t i = 0; i < trees_; ++i) {
      type[i] = TypeOf(graph_, seeds[i]);
      out.nodes[type[i]].push_back(seeds[i]);
      out.trees[type[i]].push_back(static_cast<uint32_t>(i));
      for (size_t t = 0; t < graph_.types(); ++t)
        levels_[t][0][i + 1] = static_cast<uint32_t>(out.nodes[t].size());
    }
    std::vector<uint32_t> before(graph_.types() + 1, 0);
    for (size_t t = 0; t < graph_.types(); ++t)
      before[t + 1] = before[t] + static_cast<uint32_t>(out.nodes[t].size());
    out.seed_positions.resize(trees_);
    for (size_t i = 0; i < trees_; ++i) out.seed_positions[i] = before[type[i]] + levels_[type[i]][0][i];
    CountNodes(out);
  }

  // A tree's neighbours stand in as many places as it has relations and hops, so all are needed first.
  void BeginHop(const std::vector<Block>&, Blocks&) override {}
  void AddRun(uint32_t, std::span<Row>, Blocks&) override {}

  void EndHop(std::vector<Block>& blocks, Blocks& out) override {
    const size_t grains = (trees_ + kTrees - 1) / kTrees, types = graph_.types();
    std::vector<std::vector<std::vector<Row>>> found(grains, std::vector<std::vector<Row>>(types));
    std::vector<std::vector<uint32_t>> starts(types, std::vector<uint32_t>(trees_ + 1, 0));
    ParallelFor(trees_, kTrees, [&](size_t begin, size_t end) {
      Table table;
      for (size_t tree = begin; tree < end; ++tree) {
        Number(tree, blocks, out, table, found[begin / kTrees]);
        for (size_t t = 0; t < types; ++t)
          starts[t][tree + 1] = static_cast<uint32_t>(found[begin / kTrees][t].size());
      }
    });
    for (size_t t = 0; t < types; ++t) Place(found, t, starts[t], out);
    ParallelFor(trees_, kTrees, [&](size_t begin, size_t end) {
      for (size_t t = 0; t < types; ++t) {
        const auto& rows = found[begin / kTrees][t];
        std::copy(rows.begin(), rows.end(), out.nodes[t].begin() + starts[t][begin]);
        for (size_t tree = begin; tree < end; ++tree)
          std::fill(out.trees[t].begin() + starts[t][tree], out.trees[t].begin() + starts[t][tree + 1],
                    static_cast<uint32_t>(tree));
      }
      for (size_t tree = begin; tree < end; ++tree) {
        EachRun(tree, blocks, [&](uint32_t source_type, std::span<Row> ids) {
          for (Row& id : ids) {
            if (id & kNew) id = starts[source_type][tree] + (id & ~kNew);
          }
        });
      }
    });
    for (size_t t = 0; t < types; ++t) levels_[t].push_back(std::move(starts[t]));
    CountNodes(out);
  }

 private:
  // The sampled neighbours of one tree: a run per relation and hop that its nodes were found at.
  template <class Visit>
  void EachRun(size_t tree, std::vector<Block>& blocks, Visit&& visit) const {
    for (size_t r = 0; r < blocks.size(); ++r) {
      for (const auto& level : levels_[graph_.relations[r].destination_type]) {
        const Offset begin = blocks[r].offsets[level[tree]], end = blocks[r].offsets[level[tree + 1]];
        if (begin < end)
          visit(graph_.relations[r].source_type, std::span(blocks[r].indices).subspan(begin, end - begin));
      }
    }
  }

  // Positions for a tree's neighbours, marked where they are new; new rows are added to `found`, per type.
  void Number(size_t tree, std::vector<Block>& blocks, const Blocks& out, Table& table,
              std::vector<std::vector<Row>>& found) const {
    size_t entries = 0;
    EachRun(tree, blocks, [&](uint32_t, std::span<Row> ids) { entries += ids.size(); });
    if (entries == 0) return;
    for (const auto& levels : levels_) {
      for (const auto& level : levels) entries += level[tree + 1] - level[tree];
    }
    table.Reset(entries);
    for (size_t t = 0; t < levels_.size(); ++t) {
      for (const auto& level : levels_[t]) {
        for (uint32_t i = level[tree]; i < level[tree + 1]; ++i) table.Put(out.nodes[t][i], i);
      }
    }
    std::vector<size_t> before;
    for (const auto& rows : found) before.push_back(rows.size());
    EachRun(tree, blocks, [&](uint32_t source_type, std::span<Row> ids) {
      auto& rows = found[source_type];
      for (Row& id : ids) {
        const uint32_t next = kNew | static_cast<uint32_t>(rows.size() - before[source_type]);
        const Row row = id;
        id = table.Put(row, next);
        if (id == next) rows.push_back(row);
      }
    });
  }

  // Makes of the sizes in `starts` (running within a grain) where each tree's new nodes of type t begin.
  void Place(const std::vector<std::vector<std::vector<Row>>>& found, size_t t, std::vector<uint32_t>& starts,
             Blocks& out) const {
    size_t at = out.nodes[t].size();
    starts[0] = static_cast<uint32_t>(at);
    for (size_t grain = 0; grain < found.size(); ++grain) {
      for (size_t tree = grain * kTrees; tree < std::min(trees_, (grain + 1) * kTrees); ++tree)
        starts[tree + 1] += static_cast<uint32_t>(at);
      at += found[grain][t].size();
    }
    COHEAR_REQUIRE(at < kNew, Code::kRange,
                   "the trees of this batch have " << at << " nodes of type " << t
                                                   << ", want below 2^31; use smaller batches or fan-outs");
    out.nodes[t].resize(at);
    out.trees[t].resize(at);
  }

  const Graph& graph_;
  size_t trees_ = 0;
  // levels_[type][hop][tree]: where the nodes that the tree found at that hop begin; one more at the end.
  std::vector<std::vector<std::vector<uint32_t>>> levels_;
};

}  // namespace

std::unique_ptr<NodeLists> TreeNodes(const Graph& graph) { return std::make_unique<Trees>(graph); }

}  // namespace cohear
