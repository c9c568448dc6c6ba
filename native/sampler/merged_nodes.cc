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

  void BeginHop(const std::vector<Block>& blocks, Blocks& out) override {
    std::vector<size_t> room;
    for (const auto& nodes : out.nodes) room.push_back(nodes.size());
    for (size_t r = 0; r < blocks.size(); ++r)
      room[graph_.relations[r].source_type] += blocks[r].indices.size();
    for (size_t t = 0; t < room.size(); ++t) out.nodes[t].reserve(room[t]);
  }

  // Types are independent; within a type runs come in order, so positions do not depend on threads.
  void AddRun(uint32_t source_type, std::span<Row> rows, Blocks& out) override {
    maps_[source_type]->Relabel(rows, out.nodes[source_type]);
  }

  void EndHop(std::vector<Block>&, Blocks& out) override { CountNodes(out); }

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
