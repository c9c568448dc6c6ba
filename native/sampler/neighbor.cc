#include "sampler/neighbor.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>

#include "core/in_order.h"
#include "core/pool.h"
#include "core/prefetch.h"
#include "sampler/check.h"
#include "sampler/draw.h"
#include "sampler/exclusions.h"
#include "sampler/node_lists.h"
#include "sampler/plans.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kWeightsAhead = 4;  // nodes whose weights are asked for ahead
constexpr size_t kNodesAhead = 8;    // nodes whose neighbours are asked for ahead
constexpr uint32_t kAll = ~uint32_t{0};

// A run of destination nodes of one relation, and which of the runs it is that lead to the source type.
struct Grain {
  uint32_t relation;
  size_t begin, end;
  size_t number;
};

// Most lists are short, and a call to memmove for each would cost more than the copy.
inline void Copy(const Row* from, size_t count, Row* to) {
  if (count > 32) {
    std::copy(from, from + count, to);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

// How many nodes may turn up, roughly: what the fan-outs allow, at most the whole graph.
size_t Expected(const Graph& graph, const SampleOptions& options, size_t seeds) {
  const double nodes = static_cast<double>(graph.nodes());
  double expected = static_cast<double>(seeds), layer = expected;
  for (const auto& fanouts : options.fanouts) {
    double widest = 0;
    for (size_t r = 0; r < graph.relations.size(); ++r) {
      const int32_t fanout = fanouts.size() == 1 ? fanouts[0] : fanouts[r];
      widest += fanout < 0 ? nodes : fanout;
    }
    layer = std::min(layer * widest, nodes);
    expected += layer;
  }
  return static_cast<size_t>(expected);
}

class Sampler {
 public:
  Sampler(const Graph& graph, const SampleOptions& options)
      : graph_(graph), options_(options), exclusions_(options.exclude_a, options.exclude_b) {
    if (options.modes.index == nullptr) own_lists_.emplace(graph);
    const SamplingIndex& index = options.modes.index ? *options.modes.index : *own_lists_;
    lists_ = index.relations();
    weighted_ = index.weighted() && !options.modes.recent;
    timed_ = index.timed();
    plans_.reserve(lists_.size());
    for (size_t r = 0; r < lists_.size(); ++r)
      plans_.emplace_back(graph, graph.relations[r], lists_[r], exclusions_, options.modes);
    out_.nodes.resize(graph.types());
    out_.blocks.resize(options.fanouts.size());
  }

  Blocks Run(std::span<const Row> seeds) {
    const auto nodes = options_.modes.disjoint
                           ? TreeNodes(graph_)
                           : MergedNodes(graph_, Expected(graph_, options_, seeds.size()));
    nodes->AddSeeds(seeds, out_);
    if (options_.modes.disjoint) SeedTrees(seeds.size());
    for (uint32_t hop = 0; hop < options_.fanouts.size(); ++hop) {
      Draw(hop, *nodes);
    }
    return std::move(out_);
  }

 private:
  uint32_t Fanout(uint32_t hop, size_t relation) const {
    const auto& fanouts = options_.fanouts[hop];
    return static_cast<uint32_t>(fanouts.size() == 1 ? fanouts[0] : fanouts[relation]);  // -1 becomes kAll
  }

  void SeedTrees(size_t trees) {
    tree_seeds_.resize(trees);
    for (uint32_t i = 0; i < trees; ++i) {
      const Counter bits = Philox(options_.seed, {i, 0, StreamWord(Stream::kTree), options_.step});
      tree_seeds_[i] = uint64_t{bits[0]} << 32 | bits[1];
    }
  }

  // A hop's blocks and new nodes. What a grain has drawn is given its places while it is in cache.
  void Draw(uint32_t hop, NodeLists& nodes) {
    const auto& counts = out_.counts.back();
    auto& blocks = out_.blocks[hop];
    blocks.resize(lists_.size());
    std::vector<Grain> grains;
    std::vector<std::vector<size_t>> runs(graph_.types());  // per source type: its grains
    for (uint32_t r = 0; r < lists_.size(); ++r) {
      const size_t targets = counts[graph_.relations[r].destination_type];
      blocks[r].offsets.resize(targets + 1);
      plans_[r].Resize(targets);
      auto& own = runs[graph_.relations[r].source_type];
      for (size_t begin = 0; begin < targets; begin += Plans::kRun) {
        own.push_back(grains.size());
        grains.push_back({r, begin, std::min(targets, begin + Plans::kRun), own.size() - 1});
      }
    }
    ParallelFor(grains.size(), 1, [&](size_t begin, size_t end) {
      for (size_t g = begin; g < end; ++g) PlanGrain(hop, grains[g]);
    });
    for (Plans& plans : plans_) plans.Done();
    for (auto& block : blocks) {
      block.offsets[0] = 0;
      for (size_t i = 1; i < block.offsets.size(); ++i) block.offsets[i] += block.offsets[i - 1];
      block.indices.resize(block.offsets.back());
    }
    nodes.BeginHop(blocks, out_);
    std::deque<InOrder> turns;
    for (const auto& own : runs) turns.emplace_back(own.size());
    ParallelFor(grains.size(), 1, [&](size_t begin, size_t end) {
      for (size_t g = begin; g < end; ++g) {
        DrawGrain(hop, grains[g]);
        const uint32_t type = graph_.relations[grains[g].relation].source_type;
        turns[type].Ready(grains[g].number, [&](size_t number) {
          const Grain& next = grains[runs[type][number]];
          Block& block = blocks[next.relation];
          const Offset from = block.offsets[next.begin], to = block.offsets[next.end];
          nodes.AddRun(type, std::span(block.indices).subspan(from, to - from), out_);
        });
      }
    });
    nodes.EndHop(blocks, out_);
  }

  // Sizes: what each node of the grain can draw from, and how many it will draw (into offsets[i + 1]).
  void PlanGrain(uint32_t hop, const Grain& grain) {
    const uint32_t type = graph_.relations[grain.relation].destination_type;
    plans_[grain.relation].Make(
        grain.begin, grain.end, out_.nodes[type],
        options_.modes.disjoint ? std::span<const uint32_t>(out_.trees[type]) : std::span<const uint32_t>());
    const uint32_t fanout = Fanout(hop, grain.relation);
    const Plans& plans = plans_[grain.relation];
    auto& offsets = out_.blocks[hop][grain.relation].offsets;
    for (size_t i = grain.begin; i < grain.end; ++i) {
      const uint32_t open = plans[i].open();
      offsets[i + 1] =
          options_.modes.replace && fanout != kAll ? (open > 0 ? fanout : 0) : std::min(fanout, open);
    }
  }

  // Neighbours: positions are drawn into the block some nodes ahead of being replaced by the rows they stand
  // for, so that the reads in between are under way.
  void DrawGrain(uint32_t hop, const Grain& grain) {
    const NeighborLists& lists = lists_[grain.relation];
    const Plans& plans = plans_[grain.relation];
    auto& block = out_.blocks[hop][grain.relation];
    const bool each_once = !options_.modes.replace || Fanout(hop, grain.relation) == kAll;
    Tools tools{
        {}, {}, plans.barred(grain.begin), StreamWord(Stream::kNeighbor, hop, grain.relation), each_once};
    const auto drawn = [&](size_t i) {
      return std::span(block.indices).subspan(block.offsets[i], block.offsets[i + 1] - block.offsets[i]);
    };
    const auto whole = [&](size_t i) { return each_once && drawn(i).size() == plans[i].degree; };
    const auto resolve = [&](size_t i) {
      const std::span<Row> out = drawn(i);
      const Row* from = lists.rows.data() + plans[i].begin;
      if (whole(i))
        Copy(from, out.size(), out.data());
      else if (!weighted_)
        for (Row& position : out) position = from[position];
    };
    for (size_t i = grain.begin; i < grain.end; ++i) {
      if (weighted_) {
        // The first node has nobody ahead of it to aim for it.
        for (size_t ahead = i == grain.begin ? i : i + kWeightsAhead;
             ahead < std::min(grain.end, i + kWeightsAhead + 1); ++ahead) {
          if (!whole(ahead) && !drawn(ahead).empty())
            AimFor(grain.relation, ahead, drawn(ahead).size(), tools);
        }
      }
      const Row* from = lists.rows.data() + plans[i].begin;
      if (whole(i)) {
        for (size_t j = 0; j < std::min<size_t>(drawn(i).size(), 64); j += 16) Prefetch(from + j);
      } else if (weighted_) {
        DrawByWeight(grain.relation, i, drawn(i), tools);
      } else {
        DrawNode(grain.relation, i, drawn(i), tools);
        for (const Row position : drawn(i)) Prefetch(from + position);
      }
      if (i >= grain.begin + kNodesAhead) resolve(i - kNodesAhead);
    }
    const size_t length = grain.end - grain.begin;
    for (size_t i = grain.end - std::min(length, kNodesAhead); i < grain.end; ++i) resolve(i);
  }

  Urn UrnOf(uint32_t relation, size_t i, std::span<const uint32_t> barred) const {
    const NeighborLists& lists = lists_[relation];
    const Plan& plan = plans_[relation][i];
    const uint32_t length = plans_[relation].length(i);
    return {lists.rows.subspan(plan.begin, length),
            lists.weights.subspan(plan.begin, length),
            lists.alias.subspan(plan.begin, length),
            timed_ ? lists.sums.subspan(plan.begin, length) : lists.sums,
            plan.degree,
            barred};
  }

  // The draws that a node is chosen by.
  Draws DrawsOf(uint32_t relation, size_t i, uint32_t stream) const {
    const uint32_t type = graph_.relations[relation].destination_type;
    return {options_.modes.disjoint ? tree_seeds_[out_.trees[type][i]] : options_.seed, out_.nodes[type][i],
            stream, options_.step};
  }

  // A node whose drawing has begun.
  struct Aimed {
    Draws draws{0, 0, 0, 0};
    Shots shots;
  };

  // What the drawing of a grain reuses from node to node.
  struct Tools {
    FloydSampler floyd;
    WeightedSampler weighted;
    std::span<const uint32_t> barred;  // of the nodes to come
    uint32_t stream;
    bool each_once;
    std::vector<Aimed> aimed = std::vector<Aimed>(kWeightsAhead + 1);  // of the node at hand and those ahead

    // What the next node that is drawn for excludes.
    std::span<const uint32_t> NextBarred(const Plan& plan) {
      const auto own = barred.first(plan.excluded);
      barred = barred.subspan(plan.excluded);
      return own;
    }
  };

  void AimFor(uint32_t relation, size_t i, size_t take, Tools& tools) const {
    Aimed& aimed = tools.aimed[i % (kWeightsAhead + 1)];
    aimed.draws = DrawsOf(relation, i, tools.stream);
    WeightedSampler::Aim(aimed.draws, UrnOf(relation, i, {}), static_cast<uint32_t>(take), !tools.each_once,
                         aimed.shots);
  }

  // Positions in the node's list of neighbours, drawn among those that are open, then moved past the excluded
  // ones.
  void DrawNode(uint32_t relation, size_t i, std::span<Row> out, Tools& tools) const {
    const Plan& plan = plans_[relation][i];
    const uint32_t take = static_cast<uint32_t>(out.size()), open = plan.open();
    const auto barred = tools.NextBarred(plan);
    if (take == 0) return;
    if (tools.each_once && (take == open || options_.modes.recent)) {
      for (uint32_t j = 0; j < take; ++j) out[j] = open - take + j;
    } else {
      Draws draws = DrawsOf(relation, i, tools.stream);
      if (tools.each_once)
        tools.floyd.Sample(draws, open, take, out.data());
      else
        for (Row& position : out) position = draws.NextBelow(open);
    }
    for (Row& position : out.first(barred.empty() ? 0 : take)) {
      for (const uint32_t other : barred) {
        if (position < other) break;
        ++position;
      }
    }
  }

  // Rows, of a node that was aimed for.
  void DrawByWeight(uint32_t relation, size_t i, std::span<Row> out, Tools& tools) const {
    const Plan& plan = plans_[relation][i];
    const uint32_t take = static_cast<uint32_t>(out.size()), open = plan.open();
    const auto barred = tools.NextBarred(plan);
    if (take == 0) return;
    const Urn urn = UrnOf(relation, i, barred);
    if (tools.each_once && take == open) {
      uint32_t at = 0;
      for (uint32_t j = 0; j < plan.degree; ++j) {
        if (urn.open(j)) out[at++] = urn.rows[j];
      }
      return;
    }
    Aimed& aimed = tools.aimed[i % (kWeightsAhead + 1)];
    if (tools.each_once)
      tools.weighted.WithoutReplacement(aimed.draws, aimed.shots, urn, take, out.data());
    else
      tools.weighted.WithReplacement(aimed.draws, aimed.shots, urn, take, out.data());
  }

  const Graph& graph_;
  const SampleOptions& options_;
  Exclusions exclusions_;
  std::optional<SamplingIndex> own_lists_;
  std::span<const NeighborLists> lists_;  // per relation
  bool weighted_, timed_;
  std::vector<uint64_t> tree_seeds_;  // where trees are disjoint
  std::vector<Plans> plans_;          // per relation
  Blocks out_;
};

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
  CheckSampling(graph, seeds, options);
  return Sampler(graph, options).Run(seeds);
}

}  // namespace cohear
