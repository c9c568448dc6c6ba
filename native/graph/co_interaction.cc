#include "graph/co_interaction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/pool.h"
#include "core/scratch.h"
#include "graph/row_set.h"

namespace cohear {
namespace {

constexpr size_t kUserGrain = 1024;
constexpr size_t kItemGrain = 32;  // heavy-tailed: one popular item may hold a thousandth of all work

// Rows of (index, time): the items of each user, or the users of each item.
struct Visits {
  std::vector<Offset> offsets;
  std::vector<Row> index;
  std::vector<double> time;
};

void CheckTimes(const CsrView& histories, std::span<const double> times) {
  COHEAR_REQUIRE(times.size() == histories.indices.size(), Code::kShape,
                 "times: " << times.size() << " values for " << histories.indices.size() << " events");
  ParallelFor(histories.rows(), kUserGrain, [&](size_t begin, size_t end) {
    for (size_t u = begin; u < end; ++u) {
      double before = -std::numeric_limits<double>::infinity();
      for (Offset e = histories.offsets[u]; e < histories.offsets[u + 1]; ++e) {
        COHEAR_REQUIRE(std::isfinite(times[e]), Code::kValue,
                       "times[" << e << "] is " << times[e] << ", want a finite number of seconds");
        COHEAR_REQUIRE(times[e] >= before, Code::kValue,
                       "times fall from " << before << " to " << times[e] << " within user " << u
                                          << "; sort every history by time");
        before = times[e];
      }
    }
  });
}

// The distinct items of one user, ascending, each with the position of its latest event.
void DistinctItems(std::span<const Row> items, size_t max_history, std::vector<std::pair<Row, size_t>>& out) {
  out.clear();
  for (size_t e = 0; e < items.size(); ++e) out.emplace_back(items[e], e);
  std::sort(out.begin(), out.end());
  size_t kept = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (i + 1 == out.size() || out[i + 1].first != out[i].first) out[kept++] = out[i];
  }
  out.resize(kept);
  if (max_history > 0 && kept > max_history) {
    const auto later = [](const auto& a, const auto& b) { return a.second > b.second; };
    std::nth_element(out.begin(), out.begin() + max_history, out.end(), later);
    out.resize(max_history);
    std::sort(out.begin(), out.end());
  }
}

Visits ByUser(const CsrView& histories, std::span<const double> times, size_t max_history) {
  const size_t users = histories.rows();
  // Every user's distinct items fit where its events lay; the gaps are closed afterwards.
  std::vector<Row> index(histories.indices.size());
  std::vector<double> time(histories.indices.size());
  Visits out;
  out.offsets.assign(users + 1, 0);
  ParallelFor(users, kUserGrain, [&](size_t begin, size_t end) {
    std::vector<std::pair<Row, size_t>> distinct;
    for (size_t u = begin; u < end; ++u) {
      DistinctItems(histories[u], max_history, distinct);
      Offset at = histories.offsets[u];
      for (const auto& [item, position] : distinct) {
        index[at] = item;
        time[at++] = times[histories.offsets[u] + position];
      }
      out.offsets[u + 1] = distinct.size();
    }
  });
  for (size_t u = 0; u < users; ++u) out.offsets[u + 1] += out.offsets[u];
  out.index.resize(out.offsets[users]);
  out.time.resize(out.offsets[users]);
  ParallelFor(users, kUserGrain, [&](size_t begin, size_t end) {
    for (size_t u = begin; u < end; ++u) {
      const size_t length = out.offsets[u + 1] - out.offsets[u];
      std::copy_n(index.begin() + histories.offsets[u], length, out.index.begin() + out.offsets[u]);
      std::copy_n(time.begin() + histories.offsets[u], length, out.time.begin() + out.offsets[u]);
    }
  });
  return out;
}

Visits ByItem(const Visits& by_user, size_t items) {
  Visits out;
  out.offsets.assign(items + 1, 0);
  out.index.resize(by_user.index.size());
  out.time.resize(by_user.index.size());
  for (const Row item : by_user.index) ++out.offsets[item + 1];
  for (size_t i = 0; i < items; ++i) out.offsets[i + 1] += out.offsets[i];
  std::vector<Offset> next(out.offsets.begin(), out.offsets.end() - 1);
  for (size_t u = 0; u + 1 < by_user.offsets.size(); ++u) {
    for (Offset e = by_user.offsets[u]; e < by_user.offsets[u + 1]; ++e) {
      const Offset at = next[by_user.index[e]]++;
      out.index[at] = static_cast<Row>(u);
      out.time[at] = by_user.time[e];
    }
  }
  return out;
}

struct Cell {
  double last;
  uint32_t count;
};
constexpr Cell kEmpty{-std::numeric_limits<double>::infinity(), 0};

// A dense accumulator beats sorting pairs: a destination's pairs hit few distinct items many times, and 16
// bytes per item stay in the second-level cache for catalogues to some 100,000 items. It is reset by what was
// touched, so that a large catalogue costs nothing per row.
struct Accumulator {
  explicit Accumulator(size_t items) : cells(items, kEmpty), touched(items + 1), found(items) {}
  std::vector<Cell> cells;
  std::vector<Row> touched;
  RowSet found;
};

// The rows of one grain of destination items, all source types one after another.
struct Piece {
  std::vector<Row> indices;
  std::vector<uint32_t> counts;
  std::vector<double> last_times;
};

class Builder {
 public:
  Builder(const Visits& by_user, const Visits& by_item, Graph& graph, uint32_t min_count, const Watch& watch)
      : by_user_(by_user),
        by_item_(by_item),
        graph_(graph),
        min_count_(min_count),
        watch_(watch),
        scratch_([&graph] { return std::make_unique<Accumulator>(graph.nodes()); }) {}

  // Fills every relation whose destination is type d.
  void Build(size_t d) {
    const Row first = graph_.type_offsets[d];
    const size_t rows = graph_.type_offsets[d + 1] - first, types = graph_.types();
    std::vector<Piece> pieces((rows + kItemGrain - 1) / kItemGrain);
    for (size_t s = 0; s < types; ++s) At(s, d).offsets.assign(rows + 1, 0);
    ParallelFor(rows, kItemGrain, [&](size_t begin, size_t end) {
      auto lease = scratch_.Take();
      for (size_t row = begin; row < end; ++row) {
        const size_t touched = Accumulate(static_cast<Row>(first + row), *lease);
        Emit(static_cast<Row>(first + row), d, *lease, touched, pieces[begin / kItemGrain]);
      }
      watch_.Step(end - begin);
    });
    for (size_t s = 0; s < types; ++s) {
      Relation& relation = At(s, d);
      for (size_t row = 0; row < rows; ++row) relation.offsets[row + 1] += relation.offsets[row];
      relation.indices.resize(relation.offsets[rows]);
      relation.counts.resize(relation.offsets[rows]);
      relation.last_times.resize(relation.offsets[rows]);
    }
    ParallelFor(rows, kItemGrain, [&](size_t begin, size_t end) {
      const Piece piece = std::move(pieces[begin / kItemGrain]);  // freed as soon as it is copied
      size_t from = 0;
      for (size_t row = begin; row < end; ++row) {
        for (size_t s = 0; s < types; ++s) {
          Relation& to = At(s, d);
          const size_t at = to.offsets[row], length = to.offsets[row + 1] - at;
          std::copy_n(piece.indices.begin() + from, length, to.indices.begin() + at);
          std::copy_n(piece.counts.begin() + from, length, to.counts.begin() + at);
          std::copy_n(piece.last_times.begin() + from, length, to.last_times.begin() + at);
          from += length;
        }
      }
    });
  }

 private:
  Relation& At(size_t s, size_t d) { return graph_.relations[s * graph_.types() + d]; }

  // Adds up every pair (item, j); returns how many j were touched, the item itself among them.
  size_t Accumulate(Row item, Accumulator& accumulator) const {
    Cell* const cells = accumulator.cells.data();
    Row* const touched = accumulator.touched.data();
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

  // Writes a row in ascending order and leaves the accumulator empty.
  void Emit(Row item, size_t d, Accumulator& accumulator, size_t touched, Piece& piece) {
    for (size_t i = 0; i < touched; ++i) accumulator.found.Insert(accumulator.touched[i]);
    const size_t row = item - graph_.type_offsets[d];
    size_t type = 0;
    accumulator.found.Drain([&](Row j) {
      const Cell cell = accumulator.cells[j];
      accumulator.cells[j] = kEmpty;
      if (j == item || cell.count < min_count_) return;
      while (j >= graph_.type_offsets[type + 1]) ++type;
      ++At(type, d).offsets[row + 1];
      piece.indices.push_back(j);
      piece.counts.push_back(cell.count);
      piece.last_times.push_back(cell.last);
    });
  }

  const Visits& by_user_;
  const Visits& by_item_;
  Graph& graph_;
  const uint32_t min_count_;
  const Watch& watch_;
  Scratch<Accumulator> scratch_;
};

}  // namespace

Graph CoInteraction(const CsrView& histories, std::span<const double> times,
                    std::span<const Row> type_offsets, const CoInteractionOptions& options,
                    const Watch& watch) {
  CheckTypeOffsets(type_offsets);
  COHEAR_REQUIRE(options.min_count >= 1, Code::kRange, "minCount is 0, want at least 1");
  CheckCsr(histories, type_offsets.back(), "histories");
  CheckTimes(histories, times);

  Graph graph;
  graph.type_offsets.assign(type_offsets.begin(), type_offsets.end());
  for (uint32_t s = 0; s < graph.types(); ++s) {
    for (uint32_t d = 0; d < graph.types(); ++d) graph.relations.push_back({s, d, {}, {}, {}, {}, {}});
  }
  const Visits by_user = ByUser(histories, times, options.max_history);
  const Visits by_item = ByItem(by_user, graph.nodes());
  for (size_t i = 0; i < graph.nodes(); ++i) {
    graph.item_users.push_back(static_cast<uint32_t>(by_item.offsets[i + 1] - by_item.offsets[i]));
  }
  for (size_t u = 0; u < histories.rows(); ++u) graph.users += by_user.offsets[u + 1] > by_user.offsets[u];

  Builder builder(by_user, by_item, graph, options.min_count, watch);
  for (size_t d = 0; d < graph.types(); ++d) builder.Build(d);
  return graph;
}

}  // namespace cohear
