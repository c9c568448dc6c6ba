#include "sampler/neighbor.h"

#include <algorithm>
#include <memory>

#include "core/pool.h"
#include "sampler/draw.h"
#include "sampler/exclusions.h"
#include "sampler/id_map.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 512;        // destination nodes per grain
constexpr size_t kOffsetsAhead = 48;  // nodes whose offsets are asked for ahead
constexpr size_t kNodesAhead = 8;     // nodes whose neighbours are asked for ahead

// What one destination node draws from.
struct Plan {
  Offset begin;  // in the relation's indices
  uint32_t degree;
  uint32_t excluded;
};

// A run of destination nodes of one relation.
struct Grain {
  uint32_t relation;
  size_t begin, end;
};

// Most lists are short, and a call to memmove for each would cost more than the copy.
inline void Copy(const Row* from, size_t count, Row* to) {
  if (count > 32) {
    std::copy(from, from + count, to);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

class Sampler {
 public:
  Sampler(const Graph& graph, const SampleOptions& options)
      : graph_(graph), options_(options), exclusions_(options.exclude_a, options.exclude_b) {
    for (size_t t = 0; t < graph.types(); ++t) maps_.push_back(IdMapStore::Take());
    out_.nodes.resize(graph.types());
  }
  ~Sampler() {
    for (auto& map : maps_) IdMapStore::Give(std::move(map));
  }
  Sampler(const Sampler&) = delete;

  Blocks Run(std::span<const Row> seeds) {
    ResetMaps(seeds.size());
    AddSeeds(seeds);
    out_.blocks.resize(options_.fanouts.size());
    for (uint32_t hop = 0; hop < options_.fanouts.size(); ++hop) AddHop(hop);
    return std::move(out_);
  }

 private:
  int32_t Fanout(uint32_t hop, size_t relation) const {
    const auto& fanouts = options_.fanouts[hop];
    return fanouts.size() == 1 ? fanouts[0] : fanouts[relation];
  }

  // How many nodes may turn up, roughly: what the fan-outs allow, at most the whole type.
  void ResetMaps(size_t seeds) {
    double expected = static_cast<double>(seeds), layer = expected;
    for (uint32_t hop = 0; hop < options_.fanouts.size(); ++hop) {
      double widest = 0;
      for (size_t r = 0; r < graph_.relations.size(); ++r) {
        const int32_t fanout = Fanout(hop, r);
        widest += fanout < 0 ? static_cast<double>(graph_.nodes()) : fanout;
      }
      layer = std::min(layer * widest, static_cast<double>(graph_.nodes()));
      expected += layer;
    }
    for (size_t t = 0; t < graph_.types(); ++t) {
      const size_t rows = graph_.type_offsets[t + 1] - graph_.type_offsets[t];
      const double share =
          expected * static_cast<double>(rows) / static_cast<double>(std::max<size_t>(graph_.nodes(), 1));
      maps_[t]->Reset(graph_.type_offsets[t], rows, static_cast<size_t>(share));
    }
  }

  void AddSeeds(std::span<const Row> seeds) {
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
      maps_[t]->Relabel(of_type[t], out_.nodes[t]);
      before[t] = total;
      total += static_cast<uint32_t>(out_.nodes[t].size());
    }
    out_.seed_positions.resize(seeds.size());
    for (size_t i = 0; i < seeds.size(); ++i)
      out_.seed_positions[i] = before[type[i]] + of_type[type[i]][place[i]];
    Count();
  }

  void Count() {
    auto& counts = out_.counts.emplace_back();
    for (const auto& nodes : out_.nodes) counts.push_back(static_cast<uint32_t>(nodes.size()));
  }

  void AddHop(uint32_t hop) {
    const auto& relations = graph_.relations;
    const auto& counts = out_.counts.back();
    auto& blocks = out_.blocks[hop];
    blocks.resize(relations.size());
    plans_.resize(relations.size());
    std::vector<Grain> grains;
    for (uint32_t r = 0; r < relations.size(); ++r) {
      const size_t targets = counts[relations[r].destination_type];
      blocks[r].offsets.resize(targets + 1);
      plans_[r].resize(targets);
      for (size_t begin = 0; begin < targets; begin += kGrain) {
        grains.push_back({r, begin, std::min(targets, begin + kGrain)});
      }
    }
    ParallelFor(grains.size(), 1, [&](size_t begin, size_t end) {
      for (size_t g = begin; g < end; ++g) PlanGrain(hop, grains[g]);
    });
    for (auto& block : blocks) {
      block.offsets[0] = 0;
      for (size_t i = 1; i < block.offsets.size(); ++i) block.offsets[i] += block.offsets[i - 1];
      block.indices.resize(block.offsets.back());
    }
    ParallelFor(grains.size(), 1, [&](size_t begin, size_t end) {
      for (size_t g = begin; g < end; ++g) DrawGrain(hop, grains[g]);
    });
    // Types are independent; within a type relations go in order, so positions do not depend on threads.
    ParallelFor(graph_.types(), 1, [&](size_t begin, size_t end) {
      for (size_t t = begin; t < end; ++t) {
        for (size_t r = 0; r < relations.size(); ++r) {
          if (relations[r].source_type == t) maps_[t]->Relabel(blocks[r].indices, out_.nodes[t]);
        }
      }
    });
    Count();
  }

  // Sizes: what each node of the grain can draw from, and how many it will draw (into offsets[i + 1]).
  void PlanGrain(uint32_t hop, const Grain& grain) {
    const Relation& relation = graph_.relations[grain.relation];
    const auto& nodes = out_.nodes[relation.destination_type];
    const Row first = graph_.type_offsets[relation.destination_type];
    const uint32_t fanout = static_cast<uint32_t>(Fanout(hop, grain.relation));  // -1 is more than any degree
    auto& plans = plans_[grain.relation];
    auto& offsets = out_.blocks[hop][grain.relation].offsets;
    std::vector<uint32_t> barred;
    for (size_t i = grain.begin; i < grain.end; ++i) {
      if (i + kOffsetsAhead < grain.end) Prefetch(&relation.offsets[nodes[i + kOffsetsAhead] - first]);
      const size_t row = nodes[i] - first;
      const Offset begin = relation.offsets[row];
      const uint32_t degree = static_cast<uint32_t>(relation.offsets[row + 1] - begin);
      uint32_t excluded = 0;
      if (exclusions_.May(nodes[i])) {
        Barred(relation, nodes[i], begin, degree, barred);
        excluded = static_cast<uint32_t>(barred.size());
      }
      plans[i] = {begin, degree, excluded};
      offsets[i + 1] = std::min(fanout, degree - excluded);
    }
  }

  void Barred(const Relation& relation, Row node, Offset begin, uint32_t degree,
              std::vector<uint32_t>& barred) const {
    exclusions_.Positions(node, graph_.type_offsets[relation.source_type],
                          graph_.type_offsets[relation.source_type + 1],
                          std::span(relation.indices).subspan(begin, degree), barred);
  }

  // Neighbours: positions are drawn into the block some nodes ahead of being replaced by the rows they stand
  // for, so that the reads in between are under way.
  void DrawGrain(uint32_t hop, const Grain& grain) {
    const Relation& relation = graph_.relations[grain.relation];
    const auto& nodes = out_.nodes[relation.destination_type];
    const auto& plans = plans_[grain.relation];
    auto& block = out_.blocks[hop][grain.relation];
    const uint32_t stream = StreamWord(Stream::kNeighbor, hop, grain.relation);
    FloydSampler floyd;
    std::vector<uint32_t> barred;
    const auto draw = [&](size_t i) {
      const Plan& plan = plans[i];
      Row* out = block.indices.data() + block.offsets[i];
      const uint32_t take = static_cast<uint32_t>(block.offsets[i + 1] - block.offsets[i]);
      const Row* from = relation.indices.data() + plan.begin;
      const uint32_t open = plan.degree - plan.excluded;
      if (take == plan.degree) {
        for (uint32_t j = 0; j < std::min(take, 64u); j += 16) Prefetch(from + j);
        return;
      }
      if (take == open) {
        for (uint32_t j = 0; j < take; ++j) out[j] = j;
      } else {
        Draws draws(options_.seed, nodes[i], stream, options_.step);
        floyd.Sample(draws, open, take, out);
      }
      if (plan.excluded > 0) {
        Barred(relation, nodes[i], plan.begin, plan.degree, barred);
        for (uint32_t j = 0; j < take; ++j) {
          for (const uint32_t position : barred) {
            if (out[j] < position) break;
            ++out[j];
          }
        }
      }
      for (uint32_t j = 0; j < take; ++j) Prefetch(from + out[j]);
    };
    const auto resolve = [&](size_t i) {
      const Plan& plan = plans[i];
      Row* out = block.indices.data() + block.offsets[i];
      const size_t take = block.offsets[i + 1] - block.offsets[i];
      const Row* from = relation.indices.data() + plan.begin;
      if (take == plan.degree) {
        Copy(from, take, out);
      } else {
        for (size_t j = 0; j < take; ++j) out[j] = from[out[j]];
      }
    };
    for (size_t i = grain.begin; i < grain.end; ++i) {
      draw(i);
      if (i >= grain.begin + kNodesAhead) resolve(i - kNodesAhead);
    }
    for (size_t i = std::max(grain.begin, grain.end - std::min(grain.end, kNodesAhead)); i < grain.end; ++i)
      resolve(i);
  }

  const Graph& graph_;
  const SampleOptions& options_;
  Exclusions exclusions_;
  std::vector<std::unique_ptr<IdMap>> maps_;  // per type
  std::vector<RawVector<Plan>> plans_;        // per relation, of the hop at hand
  Blocks out_;
};

void CheckRows(std::span<const Row> rows, size_t nodes, const char* name) {
  for (size_t i = 0; i < rows.size(); ++i) {
    COHEAR_REQUIRE(
        rows[i] < nodes, Code::kRange,
        name << "[" << i << "] is row " << rows[i] << ", want below the graph's " << nodes << " nodes");
  }
}

}  // namespace

size_t Blocks::edges() const {
  size_t edges = 0;
  for (const auto& hop : blocks) {
    for (const auto& block : hop) edges += block.indices.size();
  }
  return edges;
}

uint32_t TypeOf(const Graph& graph, Row row) {
  const auto& offsets = graph.type_offsets;
  return static_cast<uint32_t>(std::upper_bound(offsets.begin(), offsets.end(), row) - offsets.begin() - 1);
}

Blocks SampleBlocks(const Graph& graph, std::span<const Row> seeds, const SampleOptions& options) {
  COHEAR_REQUIRE(!options.fanouts.empty() && options.fanouts.size() <= 255, Code::kShape,
                 "fanouts: want 1 to 255 hops, got " << options.fanouts.size());
  COHEAR_REQUIRE(graph.relations.size() <= 0xFFFF, Code::kRange, "the graph has more than 65535 relations");
  for (size_t hop = 0; hop < options.fanouts.size(); ++hop) {
    const auto& fanouts = options.fanouts[hop];
    COHEAR_REQUIRE(fanouts.size() == 1 || fanouts.size() == graph.relations.size(), Code::kShape,
                   "fanouts[" << hop << "]: want one number or one per relation (" << graph.relations.size()
                              << "), got " << fanouts.size());
    for (const int32_t fanout : fanouts) {
      COHEAR_REQUIRE(fanout >= -1, Code::kRange,
                     "fanouts[" << hop << "]: want 0 or more, or -1 for all neighbours, got " << fanout);
    }
  }
  CheckRows(seeds, graph.nodes(), "seeds");
  COHEAR_REQUIRE(options.exclude_a.size() == options.exclude_b.size(), Code::kShape,
                 "exclude: " << options.exclude_a.size() << " anchors but " << options.exclude_b.size()
                             << " positives; want as many");
  CheckRows(options.exclude_a, graph.nodes(), "exclude.anchors");
  CheckRows(options.exclude_b, graph.nodes(), "exclude.positives");
  return Sampler(graph, options).Run(seeds);
}

}  // namespace cohear
