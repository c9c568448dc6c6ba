#include "core/pool.h"
#include "sampler/id_map.h"
#include "sampler/node_lists.h"

namespace cohear {
namespace {

class Merged : public NodeLists {
 public:
  Merged(const Graph& graph, size_t expected) : graph_(graph) {
    for (size_t t = 0; t < graph.types(); ++t) {
      const size_t rows = graph.type_offsets[t + 1] - graph.type_offsets[t];
      const double share = static_cast<double>(expected) * static_cast<double>(rows) /
                           static_cast<double>(std::max<size_t>(graph.nodes(), 1));
      maps_.push_back(IdMapStore::Take());
      maps_[t]->Reset(graph.type_offsets[t], rows, static_cast<size_t>(share));
    }
  }
  ~Merged() override {
    for (auto& map : maps_) IdMapStore::Give(std::move(map));
  }
  Merged(const Merged&) = delete;

  void AddSeeds(std::span<const Row> seeds, Blocks& out) override {
    std::vector<RawVector<Row>> of_type(graph_.types());
    std::vector<uint32_t> type(seeds.size()), place(seeds.size());
    for (size_t i = 0; i < seeds.size(); ++i) {
      type[i] = TypeOf(graph_, seeds[i]);
      place[i] = static_cast<uint32_t>(of_type[type[i]].size());
      of_type[type[i]].push_back(seeds[i]);
    }
    std::vector<uint32_t> before(graph_.types());
    uint32_t total = 0;
    for (size_t t = 0; t < graph_.types(); ++t) {
      maps_[t]->Relabel(of_type[t], out.nodes[t]);
      before[t] = total;
      total += static_cast<uint32_t>(out.nodes[t].size());
    }
    out.seed_positions.resize(seeds.size());
    for (size_t i = 0; i < seeds.size(); ++i)
      out.seed_positions[i] = before[type[i]] + of_type[type[i]][place[i]];
    CountNodes(out);
  }

  // Types are independent; within a type relations go in order, so positions do not depend on threads.
  void AddHop(std::vector<Block>& blocks, Blocks& out) override {
    ParallelFor(graph_.types(), 1, [&](size_t begin, size_t end) {
      for (size_t t = begin; t < end; ++t) {
        for (size_t r = 0; r < blocks.size(); ++r) {
          if (graph_.relations[r].source_type == t) maps_[t]->Relabel(blocks[r].indices, out.nodes[t]);
        }
      }
    });
    CountNodes(out);
  }

 private:
  const Graph& graph_;
  std::vector<std::unique_ptr<IdMap>> maps_;  // per type
};

}  // namespace

std::unique_ptr<NodeLists> MergedNodes(const Graph& graph, size_t expected) {
  return std::make_unique<Merged>(graph, expected);
}

void CountNodes(Blocks& out) {
  auto& counts = out.counts.emplace_back();
  for (const auto& nodes : out.nodes) counts.push_back(static_cast<uint32_t>(nodes.size()));
}

}  // namespace cohear
