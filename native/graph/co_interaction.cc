#include "graph/co_interaction.h"

#include <algorithm>
#include <memory>

#include "core/pool.h"
#include "core/scratch.h"
#include "graph/edge_store.h"
#include "graph/graph_file.h"
#include "graph/pair_table.h"
#include "graph/row_set.h"
#include "graph/strongest.h"

namespace cohear {
namespace {

constexpr size_t kItemGrain = 32;     // heavy-tailed: one popular item may hold a thousandth of all work
constexpr size_t kWindow = 1u << 14;  // rows made between two looks at the memory they take
constexpr size_t kAhead = 4;          // users whose histories are fetched before they are needed
// A row is hashed where that takes less than a fraction of the dense table (see pair_table.h), and dense
// tables of up to kCached bytes are never worth hashing.
constexpr size_t kHashGain = 8, kCached = size_t{1} << 20;

// What both ways to keep the edges see of the graph.
struct Frame {
  std::vector<Row> type_offsets;
  std::vector<uint32_t> item_users;
  uint64_t users = 0;
  std::vector<EdgeStore> stores;  // per ordered pair of types

  size_t types() const { return type_offsets.size() - 1; }
  size_t nodes() const { return type_offsets.back(); }
};

template <class Clock, bool kWeighted>
class Builder {
  using V = Visit<Clock, kWeighted>;
  using C = Cell<Clock, kWeighted>;

  struct Workspace {
    Workspace(size_t items, size_t types, size_t top_k)
        : dense(items), found(items), strongest(types, Strongest(top_k)), grain(types) {}
    DenseTable<C> dense;
    HashTable<C> hashed;
    std::vector<uint32_t> touched;  // slots
    RowSet found;
    std::vector<Strongest> strongest;  // per source type
    std::vector<Edges> grain;          // per source type; their memory serves grain after grain
  };

 public:
  Builder(const CsrView& histories, std::span<const double> times, const CoInteractionOptions& options,
          const Watch& watch, Frame& frame)
      : options_(options),
        watch_(watch),
        frame_(frame),
        clock_(ClockOf(times)),
        by_user_(
            VisitsByUser<Clock, kWeighted>(histories, times, options.weights, options.max_history, clock_)),
        by_item_(VisitsByItem(by_user_, frame.nodes())),
        prune_(options.prune.value_or(PruneOptions{})),
        norms_(ItemNorms()),
        scorer_(norms_, UserNorm(), prune_),
        most_(MostNeighbours()),
        scratch_(
            [this] { return std::make_unique<Workspace>(frame_.nodes(), frame_.types(), prune_.top_k); }) {}

  // Memory of the working arrays at the present number of threads.
  size_t Bytes() const {
    const size_t dense = DenseTable<C>::Bytes(frame_.nodes());
    const size_t workspace = dense + dense / kHashGain + sizeof(Row) * frame_.nodes();
    return 2 * by_user_.visits.size() * sizeof(V) + by_user_.offsets.size() * sizeof(Offset) +
           frame_.nodes() * (3 + frame_.types()) * sizeof(Offset) +
           static_cast<size_t>(Threads()) * workspace;
  }

  // Makes every row, in order, in windows: pause(row, end) says where the one that begins at `row` ends.
  template <class Pause>
  void Build(Pause&& pause) {
    for (size_t d = 0; d < frame_.types(); ++d) {
      const size_t end = frame_.type_offsets[d + 1];
      for (size_t row = frame_.type_offsets[d]; row < end;) {
        const size_t stop = pause(row, end);
        Window(d, row, stop);
        row = stop;
      }
    }
  }

  // A bound on what the edges of a row take.
  size_t MostBytes(size_t item) const {
    const size_t kept = options_.prune && prune_.top_k ? prune_.top_k * frame_.types() : most_[item];
    return kMostBytesOfEdge * std::min<size_t>(most_[item], kept);
  }

 private:
  static Clock ClockOf(std::span<const double> times) {
    Clock clock;
    if constexpr (std::is_same_v<Clock, Seconds32>) {
      for (size_t e = 0; e < times.size(); ++e) clock.base = e ? std::min(clock.base, times[e]) : times[e];
    }
    return clock;
  }

  // n_i and N of prune.h; they fill the frame's counts of users on the way.
  std::vector<double> ItemNorms() {
    std::vector<double> norms(frame_.nodes());
    frame_.item_users.resize(frame_.nodes());
    for (size_t i = 0; i < frame_.nodes(); ++i) {
      frame_.item_users[i] = static_cast<uint32_t>(by_item_[i].size());
      if constexpr (kWeighted) {
        for (const V& visit : by_item_[i]) norms[i] += double{visit.weight} * visit.weight;
      } else {
        norms[i] = frame_.item_users[i];
      }
    }
    return norms;
  }
  double UserNorm() {
    double users = 0;
    for (size_t u = 0; u < by_user_.rows(); ++u) {
      const auto visits = by_user_[u];
      if (visits.empty()) continue;
      ++frame_.users;
      if constexpr (kWeighted) {
        double squares = 0;
        for (const V& visit : visits) squares += double{visit.weight} * visit.weight;
        users += squares / static_cast<double>(visits.size());
      }
    }
    return kWeighted ? users : static_cast<double>(frame_.users);
  }

  std::vector<uint32_t> MostNeighbours() const {
    std::vector<uint32_t> most(frame_.nodes());
    ParallelFor(frame_.nodes(), kItemGrain, [&](size_t begin, size_t end) {
      for (size_t item = begin; item < end; ++item) {
        size_t pairs = 0;
        for (const V& visit : by_item_[item])
          pairs += by_user_.offsets[visit.other + 1] - by_user_.offsets[visit.other];
        most[item] = static_cast<uint32_t>(std::min(pairs, frame_.nodes()));
      }
    });
    return most;
  }

  // Rows [begin, end) of destination type d.
  void Window(size_t d, size_t begin, size_t end) {
    const size_t types = frame_.types(), grains = (end - begin + kItemGrain - 1) / kItemGrain;
    std::vector<std::vector<Edges>> edges(grains);
    std::vector<std::vector<uint32_t>> ends(grains);  // [types][rows of the grain]
    ParallelFor(end - begin, kItemGrain, [&](size_t from, size_t to) {
      auto lease = scratch_.Take();
      Workspace& w = *lease;
      auto& own = ends[from / kItemGrain];
      own.resize(types * (to - from));
      for (size_t row = from; row < to; ++row) {
        MakeRow(static_cast<Row>(begin + row), w);
        for (size_t s = 0; s < types; ++s)
          own[s * (to - from) + row - from] = static_cast<uint32_t>(w.grain[s].size());
      }
      edges[from / kItemGrain] = w.grain;  // copies of exactly the right size
      for (Edges& grain : w.grain) grain.Clear();
      watch_.Step(to - from);
    });
    const size_t first = begin - frame_.type_offsets[d];
    for (size_t g = 0; g < grains; ++g) {
      const size_t rows = ends[g].size() / types;
      for (size_t s = 0; s < types; ++s) {
        frame_.stores[s * types + d].Add(first + g * kItemGrain, std::span(ends[g]).subspan(s * rows, rows),
                                         std::move(edges[g][s]));
      }
    }
  }

  void MakeRow(Row item, Workspace& w) {
    if (by_item_[item].empty()) return;  // most rows of a wide catalogue, in a short stretch of time
    const size_t dense = DenseTable<C>::Bytes(frame_.nodes());
    if (dense > kCached && HashTable<C>::Bytes(most_[item]) <= dense / kHashGain) {
      MakeRow(item, w.hashed, w);
    } else {
      MakeRow(item, w.dense, w);
    }
  }

  template <class Table>
  void MakeRow(Row item, Table& table, Workspace& w) {
    table.Prepare(most_[item]);
    if (w.touched.size() <= most_[item]) w.touched.resize(most_[item] + size_t{1});
    const std::span touched(w.touched.data(), Accumulate(item, table, w.touched.data()));
    if (options_.prune) {
      EmitStrongest(item, touched, table, w);
    } else {
      EmitAll(item, touched, table, w);
    }
    table.Clear(touched);
  }

  // Adds up every pair (item, j); returns how many cells it took, that of the item itself among them.
  template <class Table>
  size_t Accumulate(Row item, Table& table, uint32_t* touched) const {
    size_t count = 0;
    const auto users = by_item_[item];
    for (size_t v = 0; v < users.size(); ++v) {
      if (v + 2 * kAhead < users.size()) {
        __builtin_prefetch(&by_user_.offsets[users[v + 2 * kAhead].other]);
        __builtin_prefetch(by_user_.visits.data() + by_user_.offsets[users[v + kAhead].other]);
      }
      const V by = users[v];
      for (const V& visit : by_user_[by.other]) {
        const size_t slot = table.Slot(visit.other);
        C& cell = table[slot];
        touched[count] = static_cast<uint32_t>(slot);  // written always, kept if new: no branch to miss
        count += cell.count == 0;
        ++cell.count;
        cell.last = std::max(cell.last, std::max(by.time, visit.time));
        if constexpr (kWeighted) cell.Add(double{by.weight} * visit.weight);
      }
    }
    return count;
  }

  size_t TypeOf(Row item) const {
    size_t type = 0;
    while (item >= frame_.type_offsets[type + 1]) ++type;
    return type;
  }

  template <class Table>
  void EmitStrongest(Row item, std::span<const uint32_t> touched, Table& table, Workspace& w) const {
    const auto drop = [&](Row j) { table.Empty(table.Slot(j)); };
    const uint32_t min_count = options_.min_count;
    for (const uint32_t slot : touched) {
      const C& cell = table[slot];
      const Row j = table.ItemOf(slot);
      const bool edge = cell.count >= min_count && j != item;
      if (edge && w.strongest[TypeOf(j)].Offer(j, scorer_(item, j, cell.strength()), drop)) continue;
      table.Empty(slot);
    }
    for (size_t s = 0; s < frame_.types(); ++s) {
      for (const Row j : w.strongest[s].Finish(drop)) w.found.Insert(j);
    }
    EmitFound(table, w, [&](Edges& to, Row j, const C& cell) {
      to.scores.push_back(scorer_(item, j, cell.strength()));
    });
  }

  template <class Table>
  void EmitAll(Row item, std::span<const uint32_t> touched, Table& table, Workspace& w) const {
    for (const uint32_t slot : touched) {
      const Row j = table.ItemOf(slot);
      if (table[slot].count >= options_.min_count && j != item) {
        w.found.Insert(j);
      } else {
        table.Empty(slot);
      }
    }
    EmitFound(table, w, [](Edges&, Row, const C&) {});
  }

  // Per source type and ascending.
  template <class Table, class More>
  void EmitFound(Table& table, Workspace& w, More&& more) const {
    size_t type = 0;
    w.found.Drain([&](Row j) {
      const size_t slot = table.Slot(j);
      const C& cell = table[slot];
      while (j >= frame_.type_offsets[type + 1]) ++type;
      Edges& to = w.grain[type];
      to.indices.push_back(j);
      to.counts.push_back(cell.count);
      to.last_times.push_back(clock_.To(cell.last));
      more(to, j, cell);
      table.Empty(slot);
    });
  }

  const CoInteractionOptions& options_;
  const Watch& watch_;
  Frame& frame_;
  const Clock clock_;
  const Visits<V> by_user_, by_item_;
  const PruneOptions prune_;
  const std::vector<double> norms_;
  const EdgeScorer scorer_;
  const std::vector<uint32_t> most_;  // per item: a bound on its neighbours
  Scratch<Workspace> scratch_;
};

Frame Checked(const CsrView& histories, std::span<const double> times, std::span<const Row> type_offsets,
              const CoInteractionOptions& options) {
  CheckTypeOffsets(type_offsets);
  COHEAR_REQUIRE(options.min_count >= 1, Code::kRange, "minCount is 0, want at least 1");
  if (options.prune) CheckPruneOptions(*options.prune);
  COHEAR_REQUIRE(
      !options.weights.any() || options.prune, Code::kValue,
      "weights and halfLife change scores, and this graph has none; give prune (topK 0 keeps all)");
  COHEAR_REQUIRE(options.weights.half_life >= 0, Code::kRange,
                 "halfLife is " << options.weights.half_life << ", want a number of seconds above 0");
  CheckCsr(histories, type_offsets.back(), "histories");
  CheckEvents(histories, times, options.weights);
  Frame frame;
  frame.type_offsets.assign(type_offsets.begin(), type_offsets.end());
  for (size_t s = 0; s < frame.types(); ++s) {
    for (size_t d = 0; d < frame.types(); ++d) {
      frame.stores.emplace_back(std::vector<Offset>(type_offsets[d + 1] - type_offsets[d] + 1));
    }
  }
  return frame;
}

// Runs body(builder) with the builder that these events need.
template <class Body>
void WithBuilder(const CsrView& histories, std::span<const double> times, const CoInteractionOptions& options,
                 const Watch& watch, Frame& frame, Body&& body) {
  const auto run = [&]<class Clock, bool kWeighted>() {
    Builder<Clock, kWeighted> builder(histories, times, options, watch, frame);
    body(builder);
  };
  const bool weighted = options.weights.any();
  if (Fit32(times)) {
    weighted ? run.template operator()<Seconds32, true>() : run.template operator()<Seconds32, false>();
  } else {
    weighted ? run.template operator()<Seconds64, true>() : run.template operator()<Seconds64, false>();
  }
}

}  // namespace

Graph CoInteraction(const CsrView& histories, std::span<const double> times,
                    std::span<const Row> type_offsets, const CoInteractionOptions& options,
                    const Watch& watch) {
  Frame frame = Checked(histories, times, type_offsets, options);
  WithBuilder(histories, times, options, watch, frame, [](auto& builder) {
    builder.Build([](size_t row, size_t end) { return std::min(row + kWindow, end); });
  });
  Graph graph{frame.type_offsets, {}, frame.item_users, frame.users};
  for (uint32_t s = 0; s < graph.types(); ++s) {
    for (uint32_t d = 0; d < graph.types(); ++d)
      graph.relations.push_back(frame.stores[s * graph.types() + d].Join(s, d));
  }
  return graph;
}

void CoInteractionToFile(const CsrView& histories, std::span<const double> times,
                         std::span<const Row> type_offsets, const CoInteractionOptions& options,
                         const std::string& path, size_t memory, const Watch& watch) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Frame frame = Checked(histories, times, type_offsets, options);
  WithBuilder(histories, times, options, watch, frame, [&](auto& builder) {
    const size_t working = builder.Bytes();
    COHEAR_REQUIRE(working < memory, Code::kMemory,
                   "memoryBudget is " << memory << " bytes, and the working arrays of these histories take "
                                      << working << "; give more, or lower maxHistory");
    // Half for what is held, half for what a window of rows may make at most; a row that is too much alone is
    // made alone.
    const size_t half = (memory - working) / 2;
    builder.Build([&](size_t row, size_t end) {
      size_t held = 0;
      for (const EdgeStore& store : frame.stores) held += store.bytes();
      if (held >= half) {
        for (EdgeStore& store : frame.stores) store.Spill(folder);
      }
      size_t stop = row, bytes = 0;
      while (stop < std::min(end, row + kWindow) && (stop == row || bytes < half))
        bytes += builder.MostBytes(stop++);
      return stop;
    });
  });
  for (EdgeStore& store : frame.stores) store.Spill(folder);
  SaveSpilled({frame.type_offsets, {}, frame.item_users, frame.users}, frame.stores, path);
}

}  // namespace cohear
