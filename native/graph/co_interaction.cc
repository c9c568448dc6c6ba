#include "graph/co_interaction.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "core/pool.h"
#include "core/scratch.h"
#include "graph/row_set.h"
#include "graph/visits.h"

namespace cohear {
namespace {

constexpr size_t kItemGrain = 32;  // heavy-tailed: one popular item may hold a thousandth of all work

struct Cell {
  double last;
  uint32_t count;
};
constexpr Cell kEmpty{-std::numeric_limits<double>::infinity(), 0};

// Edges of one relation, row after row.
struct Edges {
  std::vector<Row> indices;
  std::vector<uint32_t> counts;
  std::vector<double> last_times;
  std::vector<float> scores;  // when pruning

  void Clear() {
    indices.clear();
    counts.clear();
    last_times.clear();
    scores.clear();
  }
};

// A dense accumulator beats sorting pairs: a destination's pairs hit few distinct items many times, and 16
// bytes per item stay in the second-level cache for catalogues of some 100,000 items. It is reset by what was
// touched, so that a large catalogue costs nothing per row.
struct Accumulator {
  Accumulator(size_t items, size_t types)
      : cells(items, kEmpty), touched(items + 1), found(items), row(types), grain(types) {}
  std::vector<Cell> cells;
  std::vector<Row> touched;
  RowSet found;
  std::vector<Edges> row;    // of one destination, per source type; used when pruning
  std::vector<Edges> grain;  // of one grain, per source type; their memory serves grain after grain
};

// Joins one array of all grains and frees each as it goes: the graph is never held twice.
template <class T>
Column<T> Join(std::vector<std::vector<Edges>>& grains, size_t source, std::vector<T> Edges::*array) {
  std::vector<T> to;
  size_t total = 0;
  for (const auto& grain : grains) total += (grain[source].*array).size();
  to.reserve(total);
  for (auto& grain : grains) {
    const std::vector<T> from = std::move(grain[source].*array);
    to.insert(to.end(), from.begin(), from.end());
  }
  return to;
}

class Builder {
 public:
  Builder(const Visits& by_user, const Visits& by_item, const CoInteractionOptions& options,
          const Watch& watch, Graph& graph)
      : by_user_(by_user),
        by_item_(by_item),
        options_(options),
        watch_(watch),
        graph_(graph),
        scratch_([&graph] { return std::make_unique<Accumulator>(graph.nodes(), graph.types()); }) {}

  // Fills every relation whose destination is type d.
  void Build(size_t d) {
    const Row first = graph_.type_offsets[d];
    const size_t rows = graph_.type_offsets[d + 1] - first, types = graph_.types();
    std::vector<std::vector<Offset>> ends(types, std::vector<Offset>(rows + 1));
    std::vector<std::vector<Edges>> grains((rows + kItemGrain - 1) / kItemGrain);
    ParallelFor(rows, kItemGrain, [&](size_t begin, size_t end) {
      auto lease = scratch_.Take();
      Accumulator& a = *lease;
      for (size_t row = begin; row < end; ++row) {
        const Row item = static_cast<Row>(first + row);
        Emit(item, Accumulate(item, a), a);
        for (size_t s = 0; s < types; ++s) ends[s][row + 1] = a.grain[s].indices.size();
      }
      grains[begin / kItemGrain] = a.grain;  // copies of exactly the right size
      for (Edges& edges : a.grain) edges.Clear();
      watch_.Step(end - begin);
    });
    // Offsets so far count within a grain.
    for (size_t s = 0; s < types; ++s) {
      Offset before = 0;
      auto& offsets = ends[s];
      for (size_t row = 0; row < rows; ++row) {
        if (row % kItemGrain == 0) before = offsets[row];
        offsets[row + 1] += before;
      }
      At(s, d).offsets = std::move(offsets);
    }
    ParallelFor(types * 4, 1, [&](size_t task, size_t) {
      const size_t s = task / 4;
      Relation& relation = At(s, d);
      switch (task % 4) {
        case 0: relation.indices = Join(grains, s, &Edges::indices); break;
        case 1: relation.counts = Join(grains, s, &Edges::counts); break;
        case 2: relation.last_times = Join(grains, s, &Edges::last_times); break;
        default: relation.scores = Join(grains, s, &Edges::scores);
      }
    });
  }

 private:
  Relation& At(size_t s, size_t d) { return graph_.relations[s * graph_.types() + d]; }

  // Adds up every pair (item, j); returns how many j were touched, the item itself among them.
  size_t Accumulate(Row item, Accumulator& a) const {
    Cell* const cells = a.cells.data();
    Row* const touched = a.touched.data();
    size_t count = 0;
    for (Offset v = by_item_.offsets[item]; v < by_item_.offsets[item + 1]; ++v) {
      const Row user = by_item_.index[v];
      const double time = by_item_.time[v];
      for (Offset e = by_user_.offsets[user]; e < by_user_.offsets[user + 1]; ++e) {
        Cell& cell = cells[by_user_.index[e]];
        touched[count] = by_user_.index[e];  // written always, kept if new: cheaper than a branch that misses
        count += cell.count == 0;
        ++cell.count;
        cell.last = std::max(cell.last, std::max(time, by_user_.time[e]));
      }
    }
    return count;
  }

  // Appends a row to the grain, per source type and ascending, and leaves the accumulator empty.
  void Emit(Row item, size_t touched, Accumulator& a) {
    for (size_t i = 0; i < touched; ++i) a.found.Insert(a.touched[i]);
    size_t type = 0;
    a.found.Drain([&](Row j) {
      const Cell cell = a.cells[j];
      a.cells[j] = kEmpty;
      if (j == item || cell.count < options_.min_count) return;
      while (j >= graph_.type_offsets[type + 1]) ++type;
      Edges& to = options_.prune ? a.row[type] : a.grain[type];
      to.indices.push_back(j);
      to.counts.push_back(cell.count);
      to.last_times.push_back(cell.last);
    });
    if (!options_.prune) return;
    RowPruner pruner(graph_.item_users, graph_.users, *options_.prune);
    for (size_t s = 0; s < a.row.size(); ++s) {
      Edges &row = a.row[s], &to = a.grain[s];
      pruner.Prune(item, row.indices, row.counts);
      for (const uint32_t i : pruner.kept()) {
        to.indices.push_back(row.indices[i]);
        to.counts.push_back(row.counts[i]);
        to.last_times.push_back(row.last_times[i]);
        to.scores.push_back(pruner.score(i));
      }
      row.Clear();
    }
  }

  const Visits& by_user_;
  const Visits& by_item_;
  const CoInteractionOptions& options_;
  const Watch& watch_;
  Graph& graph_;
  Scratch<Accumulator> scratch_;
};

}  // namespace

Graph CoInteraction(const CsrView& histories, std::span<const double> times,
                    std::span<const Row> type_offsets, const CoInteractionOptions& options,
                    const Watch& watch) {
  CheckTypeOffsets(type_offsets);
  COHEAR_REQUIRE(options.min_count >= 1, Code::kRange, "minCount is 0, want at least 1");
  if (options.prune) CheckPruneOptions(*options.prune);
  CheckCsr(histories, type_offsets.back(), "histories");
  CheckTimes(histories, times);

  Graph graph;
  graph.type_offsets.assign(type_offsets.begin(), type_offsets.end());
  for (uint32_t s = 0; s < graph.types(); ++s) {
    for (uint32_t d = 0; d < graph.types(); ++d) graph.relations.push_back({s, d, {}, {}, {}, {}, {}});
  }
  const Visits by_user = VisitsByUser(histories, times, options.max_history);
  const Visits by_item = VisitsByItem(by_user, graph.nodes());
  std::vector<uint32_t> item_users(graph.nodes());
  for (size_t i = 0; i < graph.nodes(); ++i) {
    item_users[i] = static_cast<uint32_t>(by_item.offsets[i + 1] - by_item.offsets[i]);
  }
  graph.item_users = std::move(item_users);
  for (size_t u = 0; u < histories.rows(); ++u) graph.users += by_user.offsets[u + 1] > by_user.offsets[u];

  Builder builder(by_user, by_item, options, watch, graph);
  for (size_t d = 0; d < graph.types(); ++d) builder.Build(d);
  return graph;
}

}  // namespace cohear
