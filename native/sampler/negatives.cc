#include "sampler/negatives.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/pool.h"
#include "sampler/neighbor.h"
#include "sampler/pairs.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 64;  // pairs
constexpr size_t kAhead = 64;  // negatives whose first draw is made ahead
constexpr int kTries = 32;     // draws before the exact choice

// What negatives of one type are drawn from: the rows from `first` on, or listed ones, evenly or by weight.
struct Pool {
  Row first;
  uint32_t size;
  std::span<const Row> rows = {};
  std::span<const float> weights = {};
  std::span<const AliasSlot> alias = {};

  Row at(uint32_t i) const { return rows.empty() ? first + i : rows[i]; }
  double weight(uint32_t i) const { return weights.empty() ? 1.0 : weights[i]; }
  Row Draw(Draws& draws) const {
    uint32_t i = draws.NextBelow(size);
    if (!alias.empty() && draws.Next() >= alias[i].threshold) i = alias[i].other;
    return at(i);
  }
};

// What makes a row a negative of one pair.
class Rule {
 public:
  Rule() = default;
  Rule(const Graph& graph, const std::vector<const Relation*>& relations, Row anchor, Row positive)
      : graph_(&graph), anchor_(anchor), positive_(positive) {
    const uint32_t of_anchor = TypeOf(graph, anchor);
    type_ = TypeOf(graph, positive);
    in_ = relations[type_ * graph.types() + of_anchor];
    out_ = relations[of_anchor * graph.types() + type_];
  }

  uint32_t type() const { return type_; }
  Row anchor() const { return anchor_; }
  Row positive() const { return positive_; }
  // What Qualifies reads is asked for in two steps, one after the other.
  void PrefetchOffsets(Row row) const {
    cohear::PrefetchOffsets(*graph_, in_, anchor_);
    cohear::PrefetchOffsets(*graph_, out_, row);
  }
  void PrefetchNeighbors(Row row) const {
    cohear::PrefetchNeighbors(*graph_, in_, anchor_);
    cohear::PrefetchNeighbors(*graph_, out_, row);
  }
  bool Qualifies(Row row) const {
    return row != anchor_ && row != positive_ && !HasEdge(*graph_, in_, row, anchor_) &&
           !HasEdge(*graph_, out_, anchor_, row);
  }

 private:
  const Graph* graph_ = nullptr;
  Row anchor_ = 0, positive_ = 0;
  uint32_t type_ = 0;
  const Relation *in_ = nullptr, *out_ = nullptr;  // candidate -> anchor, anchor -> candidate
};

struct Tally {
  uint64_t rejected = 0, exhausted = 0;
};

// The exact choice among the rows of the pool that qualify, false where there is none; slow, and reached only
// by anchors that are joined to nearly all of it.
bool ChooseExactly(const Pool& pool, const Rule& rule, Draws& draws, Row& chosen) {
  double sum = 0;
  for (uint32_t i = 0; i < pool.size; ++i) sum += rule.Qualifies(pool.at(i)) ? pool.weight(i) : 0;
  const uint32_t high = draws.Next(), low = draws.Next();
  if (sum == 0) return false;
  double left = (high + low * 0x1p-32) * 0x1p-32 * sum;
  for (uint32_t i = 0; i < pool.size; ++i) {
    if (!rule.Qualifies(pool.at(i))) continue;
    chosen = pool.at(i);
    left -= pool.weight(i);
    if (left < 0) break;
  }
  return true;
}

Row Unchecked(const Pool& type, Row anchor, Row positive, Draws& draws) {
  const bool holds_anchor = anchor - type.first < type.size;
  const uint32_t others = type.size - (holds_anchor ? 1 : 0);
  if (others == 0) return positive;
  const Row row = type.first + draws.NextBelow(others);
  return holds_anchor && row >= anchor ? row + 1 : row;
}

// Pools per type: the candidates, and all items of the type.
struct Pools {
  std::vector<Pool> candidates, all;
};

Row DrawNegative(const Pools& pools, const Rule& rule, Draws& draws, Tally& tally) {
  const Pool& pool = pools.candidates[rule.type()];
  for (int attempt = 0; attempt < kTries && pool.size > 0; ++attempt) {
    const Row row = pool.Draw(draws);
    if (rule.Qualifies(row)) return row;
    ++tally.rejected;
  }
  const Pool& all = pools.all[rule.type()];
  Row chosen;
  if (ChooseExactly(pool, rule, draws, chosen) || ChooseExactly(all, rule, draws, chosen)) return chosen;
  ++tally.exhausted;
  return Unchecked(all, rule.anchor(), rule.positive(), draws);
}

Pools MakePools(const Graph& graph, const NegativeOptions& options,
                const std::vector<std::vector<Row>>& in_batch) {
  Pools pools;
  for (size_t t = 0; t < graph.types(); ++t) {
    const Row first = graph.type_offsets[t];
    pools.all.push_back({first, graph.type_offsets[t + 1] - first});
    if (options.in_batch) {
      pools.candidates.push_back({first, static_cast<uint32_t>(in_batch[t].size()), in_batch[t]});
    } else if (options.popularity) {
      const auto& table = options.popularity->of_type(t);
      pools.candidates.push_back(
          {first, static_cast<uint32_t>(table.rows.size()), table.rows, table.weights, table.alias});
    } else {
      pools.candidates.push_back(pools.all.back());
    }
  }
  return pools;
}

}  // namespace

PopularityTables::PopularityTables(const Graph& graph, double alpha) {
  COHEAR_REQUIRE(std::isfinite(alpha) && alpha >= 0, Code::kRange,
                 "alpha is " << alpha << ", want a number of 0 or more");
  std::vector<uint64_t> counts(graph.nodes(), 0);
  if (graph.item_users.empty()) {
    for (const Relation& relation : graph.relations) {
      const Row first = graph.type_offsets[relation.destination_type];
      for (size_t row = 0; row + 1 < relation.offsets.size(); ++row)
        counts[first + row] += relation.offsets[row + 1] - relation.offsets[row];
    }
  } else {
    counts.assign(graph.item_users.begin(), graph.item_users.end());
  }
  for (size_t t = 0; t < graph.types(); ++t) {
    Table& table = types_.emplace_back();
    for (Row row = graph.type_offsets[t]; row < graph.type_offsets[t + 1]; ++row) {
      if (counts[row] == 0) continue;
      table.rows.push_back(row);
      table.weights.push_back(static_cast<float>(std::pow(static_cast<double>(counts[row]), alpha)));
    }
    table.alias.resize(table.rows.size());
    BuildAlias(table.weights, table.alias);
  }
}

Negatives SampleNegatives(const Graph& graph, std::span<const Row> anchors, std::span<const Row> positives,
                          const NegativeOptions& options) {
  COHEAR_REQUIRE(anchors.size() == positives.size(), Code::kShape,
                 anchors.size() << " anchors but " << positives.size() << " positives; want as many");
  for (size_t i = 0; i < anchors.size(); ++i) {
    COHEAR_REQUIRE(anchors[i] < graph.nodes() && positives[i] < graph.nodes(), Code::kRange,
                   "pair " << i << " is rows " << anchors[i] << " and " << positives[i]
                           << ", want below the graph's " << graph.nodes() << " nodes");
  }
  COHEAR_REQUIRE(options.count <= (1u << 16), Code::kRange,
                 "negatives: want at most 65536 per pair, got " << options.count);
  COHEAR_REQUIRE(!options.in_batch || !options.popularity, Code::kValue,
                 "negatives come from the batch or by popularity; choose one");
  std::vector<const Relation*> relations(graph.types() * graph.types(), nullptr);
  for (const auto& relation : graph.relations) {
    relations[relation.source_type * graph.types() + relation.destination_type] = &relation;
  }
  std::vector<std::vector<Row>> in_batch(graph.types());
  if (options.in_batch) {
    for (const Row row : positives) in_batch[TypeOf(graph, row)].push_back(row);
  }
  const Pools pools = MakePools(graph, options, in_batch);
  Negatives out;
  out.rows.resize(anchors.size() * options.count);
  std::vector<Tally> tallies((anchors.size() + kGrain - 1) / kGrain);
  ParallelFor(anchors.size(), kGrain, [&](size_t begin, size_t end) {
    Tally& tally = tallies[begin / kGrain];
    const uint32_t count = options.count;
    std::array<Rule, kAhead> rules;
    const auto draws_of = [&](size_t place) {
      return Draws(options.seed, static_cast<uint32_t>(place / count),
                   StreamWord(Stream::kNegative) + static_cast<uint32_t>(place % count), options.step);
    };
    // Nearly all of the time would be waiting for memory, so what first draws are checked against is asked
    // for before any of a run is.
    for (size_t from = begin * count; from < end * count; from += kAhead) {
      const size_t to = std::min(end * count, from + kAhead);
      for (size_t place = from; place < to; ++place) {
        Rule& rule = rules[place - from];
        rule = Rule(graph, relations, anchors[place / count], positives[place / count]);
        const Pool& pool = pools.candidates[rule.type()];
        Draws draws = draws_of(place);
        out.rows[place] = pool.size > 0 ? pool.Draw(draws) : rule.positive();
        rule.PrefetchOffsets(out.rows[place]);
      }
      for (size_t place = from; place < to; ++place) rules[place - from].PrefetchNeighbors(out.rows[place]);
      for (size_t place = from; place < to; ++place) {
        Draws draws = draws_of(place);
        out.rows[place] = DrawNegative(pools, rules[place - from], draws, tally);
      }
    }
  });
  for (const Tally& tally : tallies) {
    out.rejected += tally.rejected;
    out.exhausted += tally.exhausted;
  }
  return out;
}

}  // namespace cohear
