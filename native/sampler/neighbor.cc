// One class over 400 lines: what a hop's plans, draws and numbering share is the state of one call, which
// free functions would have to be handed whole. What needs less of it stands in draw.h, weighted.h,
// exclusions.h and id_map.h.
#include "sampler/neighbor.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>

#include "core/in_order.h"
#include "core/pool.h"
#include "core/prefetch.h"
#include "sampler/draw.h"
#include "sampler/exclusions.h"
#include "sampler/node_lists.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 512;        // destination nodes per grain
constexpr size_t kOffsetsAhead = 48;  // nodes whose offsets are asked for ahead
constexpr size_t kSearchAhead = 16;   // nodes whose list is asked for ahead where it will be searched
constexpr size_t kWeightsAhead = 4;   // nodes whose weights are asked for ahead
constexpr size_t kNodesAhead = 8;     // nodes whose neighbours are asked for ahead
constexpr uint32_t kAll = ~uint32_t{0};

// What one destination node draws from: its first `degree` neighbours, less the excluded ones.
struct Plan {
  Offset begin;  // in the relation's rows
  uint32_t degree;
  uint32_t excluded;
};

// The plans of a relation's destination nodes. They are the same in every hop that a node is known at.
struct Plans {
  RawVector<Plan> of;
  RawVector<uint32_t> lengths;                // of whole lists, what is too young included; where they differ
  std::vector<std::vector<uint32_t>> barred;  // per grain, node by node: the positions that plans exclude
  size_t made = 0;                            // in hops before this one
};

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
    plans_.resize(lists_.size());
    std::vector<Grain> grains;
    std::vector<std::vector<size_t>> runs(graph_.types());  // per source type: its grains
    for (uint32_t r = 0; r < lists_.size(); ++r) {
      const size_t targets = counts[graph_.relations[r].destination_type];
      blocks[r].offsets.resize(targets + 1);
      Plans& plans = plans_[r];
      plans.of.resize(targets);
      if (weighted_ && timed_) plans.lengths.resize(targets);
      plans.barred.resize((targets + kGrain - 1) / kGrain);
      auto& own = runs[graph_.relations[r].source_type];
      for (size_t begin = 0; begin < targets; begin += kGrain) {
        own.push_back(grains.size());
        grains.push_back({r, begin, std::min(targets, begin + kGrain), own.size() - 1});
      }
    }
    ParallelFor(grains.size(), 1, [&](size_t begin, size_t end) {
      for (size_t g = begin; g < end; ++g) PlanGrain(hop, grains[g]);
    });
    for (Plans& plans : plans_) plans.made = plans.of.size();
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
    MakePlans(grain);
    const uint32_t fanout = Fanout(hop, grain.relation);
    const auto& plans = plans_[grain.relation].of;
    auto& offsets = out_.blocks[hop][grain.relation].offsets;
    for (size_t i = grain.begin; i < grain.end; ++i) {
      const uint32_t open = plans[i].degree - plans[i].excluded;
      offsets[i + 1] =
          options_.modes.replace && fanout != kAll ? (open > 0 ? fanout : 0) : std::min(fanout, open);
    }
  }

  // Of those nodes of the grain that had none.
  void MakePlans(const Grain& grain) {
    const uint32_t type = graph_.relations[grain.relation].destination_type;
    const NeighborLists& lists = lists_[grain.relation];
    const auto& nodes = out_.nodes[type];
    const Row first = graph_.type_offsets[type];
    Plans& plans = plans_[grain.relation];
    auto& barred = plans.barred[grain.begin / kGrain];
    const size_t begin = std::max(grain.begin, plans.made);
    const auto ask_for_offsets = [&](size_t i) {
      const Offset* offset = &lists.offsets[nodes[i] - first];
      Prefetch(offset);
      Prefetch(offset + 1);  // on the next line for one node in eight
    };
    for (size_t i = begin; i < std::min(grain.end, begin + kOffsetsAhead); ++i) ask_for_offsets(i);
    for (size_t i = begin; i < grain.end; ++i) {
      if (i + kOffsetsAhead < grain.end) ask_for_offsets(i + kOffsetsAhead);
      if (i + kSearchAhead < grain.end) {
        const Row ahead = nodes[i + kSearchAhead];
        const Offset from = lists.offsets[ahead - first], to = lists.offsets[ahead - first + 1];
        if (timed_) PrefetchSearch(lists.times.subspan(from, to - from));
        if (exclusions_.May(ahead)) PrefetchSearch(lists.rows.subspan(from, to - from));
      }
      const size_t row = nodes[i] - first;
      const uint32_t length = static_cast<uint32_t>(lists.offsets[row + 1] - lists.offsets[row]);
      Plan& plan = plans.of[i];
      plan = {lists.offsets[row], length, 0};
      if (!plans.lengths.empty()) plans.lengths[i] = length;
      if (timed_) plan.degree = Older(lists.times.subspan(plan.begin, length), Before(type, i));
      if (exclusions_.May(nodes[i])) {
        const size_t before = barred.size();
        AddBarred(grain.relation, nodes[i], plan, barred);
        plan.excluded = static_cast<uint32_t>(barred.size() - before);
      }
    }
  }

  double Before(uint32_t type, size_t i) const {
    return options_.modes.before.size() == 1 ? options_.modes.before[0]
                                             : options_.modes.before[out_.trees[type][i]];
  }

  // How many of the ascending times are before `time`. With branches: one that is guessed reads ahead.
  static uint32_t Older(std::span<const double> times, double time) {
    return static_cast<uint32_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
  }

  void AddBarred(uint32_t relation, Row node, const Plan& plan, std::vector<uint32_t>& barred) const {
    const uint32_t source = graph_.relations[relation].source_type;
    exclusions_.Positions(node, graph_.type_offsets[source], graph_.type_offsets[source + 1],
                          lists_[relation].rows.subspan(plan.begin, plan.degree), !timed_, barred);
  }

  // Neighbours: positions are drawn into the block some nodes ahead of being replaced by the rows they stand
  // for, so that the reads in between are under way.
  void DrawGrain(uint32_t hop, const Grain& grain) {
    const NeighborLists& lists = lists_[grain.relation];
    const auto& plans = plans_[grain.relation].of;
    const auto& barred = plans_[grain.relation].barred[grain.begin / kGrain];
    auto& block = out_.blocks[hop][grain.relation];
    const bool each_once = !options_.modes.replace || Fanout(hop, grain.relation) == kAll;
    Tools tools{{}, {}, barred, StreamWord(Stream::kNeighbor, hop, grain.relation), each_once};
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
    const Plan& plan = plans_[relation].of[i];
    const uint32_t length = timed_ ? plans_[relation].lengths[i] : plan.degree;
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
    const Plan& plan = plans_[relation].of[i];
    const uint32_t take = static_cast<uint32_t>(out.size()), open = plan.degree - plan.excluded;
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
    const Plan& plan = plans_[relation].of[i];
    const uint32_t take = static_cast<uint32_t>(out.size()), open = plan.degree - plan.excluded;
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

void CheckRows(std::span<const Row> rows, size_t nodes, const char* name) {
  for (size_t i = 0; i < rows.size(); ++i) {
    COHEAR_REQUIRE(
        rows[i] < nodes, Code::kRange,
        name << "[" << i << "] is row " << rows[i] << ", want below the graph's " << nodes << " nodes");
  }
}

void CheckFanouts(const Graph& graph, const std::vector<std::vector<int32_t>>& hops) {
  COHEAR_REQUIRE(!hops.empty() && hops.size() <= 255, Code::kShape,
                 "fanouts: want 1 to 255 hops, got " << hops.size());
  COHEAR_REQUIRE(graph.relations.size() <= 0xFFFF, Code::kRange, "the graph has more than 65535 relations");
  for (size_t hop = 0; hop < hops.size(); ++hop) {
    COHEAR_REQUIRE(hops[hop].size() == 1 || hops[hop].size() == graph.relations.size(), Code::kShape,
                   "fanouts[" << hop << "]: want one number or one per relation (" << graph.relations.size()
                              << "), got " << hops[hop].size());
    for (const int32_t fanout : hops[hop]) {
      COHEAR_REQUIRE(fanout >= -1, Code::kRange,
                     "fanouts[" << hop << "]: want 0 or more, or -1 for all neighbours, got " << fanout);
    }
  }
}

void CheckModes(const Graph& graph, const SampleOptions& options, size_t seeds) {
  COHEAR_ASSERT(options.modes.index == nullptr || &options.modes.index->graph() == &graph,
                "an index of another graph");
  const bool timed = options.modes.index && options.modes.index->timed();
  COHEAR_REQUIRE(timed || (options.modes.before.empty() && !options.modes.recent), Code::kValue,
                 "before and recent need an index of times");
  COHEAR_REQUIRE(!options.modes.recent || !options.modes.replace, Code::kValue,
                 "recent takes the latest neighbours and replace draws them; choose one");
  if (!timed) return;
  const size_t times = options.modes.before.size();
  COHEAR_REQUIRE(
      times == 1 || (options.modes.disjoint && times == seeds), Code::kShape,
      "before: " << times << " times for " << seeds
                 << " seeds; want one for all or, with disjoint trees, one per seed (seeds that share "
                    "their nodes cannot have different times)");
  for (size_t i = 0; i < times; ++i) {
    COHEAR_REQUIRE(!std::isnan(options.modes.before[i]), Code::kValue, "before[" << i << "] is not a number");
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
  CheckFanouts(graph, options.fanouts);
  CheckRows(seeds, graph.nodes(), "seeds");
  COHEAR_REQUIRE(options.exclude_a.size() == options.exclude_b.size(), Code::kShape,
                 "exclude: " << options.exclude_a.size() << " anchors but " << options.exclude_b.size()
                             << " positives; want as many");
  CheckRows(options.exclude_a, graph.nodes(), "exclude.anchors");
  CheckRows(options.exclude_b, graph.nodes(), "exclude.positives");
  CheckModes(graph, options, seeds.size());
  return Sampler(graph, options).Run(seeds);
}

}  // namespace cohear
