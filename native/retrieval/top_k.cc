#include "retrieval/top_k.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "core/pool.h"
#include "core/simd.h"
#include "retrieval/int8_scan.h"
#include "retrieval/score_panel.h"
#include "retrieval/select.h"

namespace cohear {
namespace {

static_assert(kTile == Int8Scan::kTile);
// A block's queries (at d = 128, 24 KB) and one panel (8 KB) stay in the first-level cache.
constexpr size_t kBlockTiles = 8, kBlock = kTile * kBlockTiles;
// Items packed at a time, for all queries to read: bounds the extra memory to 16,384 x d floats.
constexpr size_t kStretch = 16384;
// Copying items to 8 bits costs about as much as scoring them for a few queries.
constexpr size_t kFewQueries = 12;
// Candidates of a block that are scored together.
constexpr size_t kPending = 64;

// above[q]: a score of the row exceeds thresholds[q]. Returns whether all scores are finite.
COHEAR_SIMD bool Scan(const float* scores, const float* thresholds, size_t queries, uint8_t* above) {
  int bad = 0;
  for (size_t q = 0; q < queries; ++q) {
    int any = 0;
    for (size_t x = 0; x < kPanel; ++x) {
      const float score = scores[q * kPanel + x];
      any |= score > thresholds[q];
      bad |= !(score - score == 0.0f);
    }
    above[q] = static_cast<uint8_t>(any);
  }
  return !bad;
}

struct Query {
  explicit Query(size_t k) : best(k) {}
  TopK best;
  const Row* next = nullptr;  // the first excluded row not yet passed
};

class Search {
 public:
  Search(std::span<const float> queries, const SourceTable& items, size_t d, const CsrView& excluded,
         const TopKOptions& options, size_t k)
      : queries_(queries.data()),
        items_(items),
        d_(d),
        excluded_(excluded),
        options_(options),
        count_(queries.size() / d),
        k_(k),
        tiles_((count_ + kTile - 1) / kTile * kTile * d),
        panels_((std::min<size_t>(kStretch, options.end - options.begin) + kPanel - 1) / kPanel * kPanel *
                d) {
    for (size_t q = 0; q < count_; ++q) state_.emplace_back(k);
    const bool best = count_ >= kFewQueries && Int8Scan::Pays();
    if (options.scan == ScanBy::kInt8 || (options.scan == ScanBy::kBest && best)) {
      reduced_.emplace(queries, d);
      if (!reduced_->sound()) reduced_.reset();
    }
    ParallelFor((count_ + kTile - 1) / kTile, kBlockTiles, [&](size_t begin, size_t end) {
      for (size_t t = begin; t < end; ++t) {
        PackRows(queries_ + t * kTile * d_, std::min(kTile, count_ - t * kTile), d_, kTile,
                 &tiles_[t * kTile * d_]);
      }
    });
  }

  size_t queries() const { return count_; }
  TopK& best(size_t query) { return state_[query].best; }

  // Offers the items of [begin, end) to every query.
  void Stretch(size_t begin, size_t end, const Watch& watch) {
    Decode(begin, end);
    if (reduced_ && reduced_->Load(Item(begin), end - begin)) {
      ParallelFor(count_, kBlock, [&](size_t from, size_t to) {
        ReducedBlock(from, to, begin);
        watch.Step(1);
      });
      return;
    }
    // Where a vector is not sound for the copies, the floats have their say, and their error.
    const size_t panels = (end - begin + kPanel - 1) / kPanel;
    ParallelFor(panels, 64, [&](size_t from, size_t to) {
      for (size_t p = from; p < to; ++p) {
        const size_t row = begin + p * kPanel;
        PackRows(Item(row), std::min(kPanel, end - row), d_, kPanel, &panels_[p * kPanel * d_]);
      }
    });
    ParallelFor(count_, kBlock, [&](size_t from, size_t to) {
      Block(from, to, begin, end);
      watch.Step(1);
    });
  }

 private:
  // Makes the items of [begin, end) floats, unless they are.
  void Decode(size_t begin, size_t end) {
    stretch_begin_ = begin;
    if (items_.element == Element::kFloat32) {
      stretch_ = items_.Rows(begin, end - begin, d_, nullptr);
      return;
    }
    decoded_.resize((end - begin) * d_);
    ParallelFor(end - begin, 64, [&](size_t from, size_t to) {
      items_.Rows(begin + from, to - from, d_, &decoded_[from * d_]);
    });
    stretch_ = decoded_.data();
  }
  // An item of the stretch.
  const float* Item(size_t row) const { return stretch_ + (row - stretch_begin_) * d_; }

  void Block(size_t from, size_t to, size_t begin, size_t end) {
    const size_t tiles = (to - from + kTile - 1) / kTile;
    alignas(64) float scores[kBlock * kPanel];
    float thresholds[kBlock];
    uint8_t above[kBlock];
    for (size_t q = from; q < to; ++q) thresholds[q - from] = state_[q].best.threshold();
    for (size_t row = begin; row < end; row += kPanel) {
      ScorePanel(&tiles_[from * d_], tiles, &panels_[(row - begin) * d_], d_, nullptr, scores);
      if (!Scan(scores, thresholds, to - from, above)) Blame(from, to, row, std::min(row + kPanel, end));
      for (size_t q = 0; q < to - from; ++q) {
        Query& query = state_[from + q];
        if (!above[q] && query.best.full()) continue;
        Offer(from + q, scores + q * kPanel, row, std::min(row + kPanel, end));
        thresholds[q] = query.best.threshold();
      }
    }
  }

  struct Candidate {
    uint32_t query;
    Row row;
  };

  // A tile of queries and the stretch that they look at.
  struct Look {
    size_t tile, queries, begin;
  };

  void ReducedBlock(size_t from, size_t to, size_t begin) {
    std::vector<Candidate> pending;
    std::vector<Look> looks;
    for (size_t tile = from / kTile; tile * kTile < to; ++tile) {
      const Look look{tile, std::min(kTile, to - tile * kTile), begin};
      if (Full(look)) {
        looks.push_back(look);
      } else {
        FirstLook(look, pending);
      }
    }
    alignas(64) Int8Scan::Sums sums;
    for (size_t group = 0; !looks.empty() && group < reduced_->groups(); ++group) {
      for (const Look& look : looks) {
        reduced_->Multiply(look.tile, group, sums);
        Collect(look, group, sums, nullptr, pending);
      }
      if (pending.size() >= kPending) OfferPending(pending);
    }
    OfferPending(pending);
  }

  bool Full(const Look& look) const {
    for (size_t q = 0; q < look.queries; ++q)
      if (!state_[look.tile * kTile + q].best.full()) return false;
    return true;
  }

  // Queries that know no threshold would have most of the first items scored. They look at the whole stretch
  // first: where a score lies that enough items exceed.
  void FirstLook(const Look& look, std::vector<Candidate>& pending) {
    thread_local std::vector<int32_t> memory;
    memory.resize(std::max(memory.size(), reduced_->groups() * kTile * Int8Scan::kGroup));
    auto* const sums = reinterpret_cast<Int8Scan::Sums*>(memory.data());
    for (size_t group = 0; group < reduced_->groups(); ++group)
      reduced_->Multiply(look.tile, group, sums[group]);
    float floors[kTile];
    for (size_t q = 0; q < look.queries; ++q) {
      const size_t query = look.tile * kTile + q;
      // Each of the rows left out may be among those above.
      const size_t left_out = excluded_.offsets.empty() ? 0 : excluded_[query].size();
      floors[q] = reduced_->Floor(look.tile, q, sums, k_ + left_out);
    }
    for (size_t group = 0; group < reduced_->groups(); ++group) {
      Collect(look, group, sums[group], floors, pending);
      if (pending.size() >= kPending) OfferPending(pending);
    }
  }

  // Adds the group's items that may be among a query's best.
  void Collect(const Look& look, size_t group, const Int8Scan::Sums& sums, const float* floors,
               std::vector<Candidate>& pending) {
    float thresholds[kTile] = {};
    uint64_t above[kTile];
    for (size_t q = 0; q < look.queries; ++q) {
      thresholds[q] = state_[look.tile * kTile + q].best.threshold();
      if (floors) thresholds[q] = std::max(thresholds[q], floors[q]);
    }
    reduced_->Above(look.tile, group, sums, thresholds, above);
    for (size_t q = 0; q < look.queries; ++q) {
      for (uint64_t bits = above[q]; bits; bits &= bits - 1) {
        const size_t row =
            look.begin + group * Int8Scan::kGroup + static_cast<size_t>(std::countr_zero(bits));
        pending.push_back({static_cast<uint32_t>(look.tile * kTile + q), static_cast<Row>(row)});
      }
    }
  }

  // Scores candidates, four sums at a time: a sum in order waits for each of its additions.
  void OfferPending(std::vector<Candidate>& pending) {
    for (size_t first = 0; first < pending.size(); first += 4) {
      const size_t count = std::min<size_t>(4, pending.size() - first);
      const float *q[4], *x[4];
      for (size_t c = 0; c < 4; ++c) {
        const Candidate& candidate = pending[first + std::min(c, count - 1)];
        q[c] = queries_ + candidate.query * d_;
        x[c] = Item(candidate.row);
      }
      float a = 0, b = 0, c = 0, e = 0;
      for (size_t i = 0; i < d_; ++i) {
        a += q[0][i] * x[0][i];
        b += q[1][i] * x[1][i];
        c += q[2][i] * x[2][i];
        e += q[3][i] * x[3][i];
      }
      const float scores[4] = {a, b, c, e};
      for (size_t i = 0; i < count; ++i) {
        const auto [query, row] = pending[first + i];
        Offer(query, &scores[i], row, row + 1);
      }
    }
    pending.clear();
  }

  void Offer(size_t q, const float* scores, size_t begin, size_t end) {
    Query& query = state_[q];
    for (size_t row = begin; row < end; ++row) {
      const float score = scores[row - begin];
      if (query.best.full() && !(score > query.best.threshold())) continue;
      if (!Excluded(query, q, static_cast<Row>(row))) query.best.Offer(static_cast<Row>(row), score);
    }
  }

  // Rows are asked for in ascending order, so the list is walked once.
  bool Excluded(Query& query, size_t q, Row row) const {
    if (excluded_.offsets.empty()) return false;
    const Row* const end = excluded_.indices.data() + excluded_.offsets[q + 1];
    if (!query.next) query.next = excluded_.indices.data() + excluded_.offsets[q];
    query.next = std::lower_bound(query.next, end, row);
    return query.next != end && *query.next == row;
  }

  [[noreturn]] void Blame(size_t from, size_t to, size_t begin, size_t end) const {
    const auto sound = [&](const float* row) {
      return std::all_of(row, row + d_, [](float value) { return value - value == 0; });
    };
    for (size_t q = from; q < to; ++q) {
      COHEAR_REQUIRE(sound(queries_ + q * d_), Code::kValue,
                     "query " << q << " holds a NaN or an infinite number");
    }
    for (size_t row = begin; row < end; ++row) {
      COHEAR_REQUIRE(sound(Item(row)), Code::kValue, "item " << row << " holds a NaN or an infinite number");
    }
    throw Error(Code::kValue, "a score overflows 32-bit floats; scale the vectors down");
  }

  const float* const queries_;
  const SourceTable& items_;
  const size_t d_;
  const CsrView& excluded_;
  const TopKOptions& options_;
  const size_t count_, k_;
  std::vector<float> tiles_, panels_;
  std::vector<Query> state_;
  std::optional<Int8Scan> reduced_;
  std::vector<float> decoded_;
  const float* stretch_ = nullptr;
  size_t stretch_begin_ = 0;
};

}  // namespace

TopKResult SearchTopK(std::span<const float> queries, const SourceTable& items, size_t d,
                      const CsrView& excluded, const TopKOptions& options, const Watch& watch) {
  COHEAR_REQUIRE(d >= 1, Code::kRange, "vectors of 0 dimensions cannot be compared");
  COHEAR_REQUIRE(options.k >= 1, Code::kRange, "k is 0, want at least 1");
  COHEAR_REQUIRE(queries.size() % d == 0, Code::kShape,
                 "queries: " << queries.size() << " numbers are no whole number of rows of " << d);
  COHEAR_REQUIRE(items.size % d == 0, Code::kShape,
                 "items: " << items.size << " numbers are no whole number of rows of " << d);
  const size_t rows = items.size / d;
  COHEAR_REQUIRE(options.begin <= options.end && options.end <= rows, Code::kRange,
                 "rows " << options.begin << " to " << options.end << " do not lie in 0 to " << rows);
  if (!excluded.offsets.empty()) CheckSortedLists(excluded, queries.size() / d, rows, "excluded");

  TopKResult out;
  out.k = std::min<size_t>(options.k, options.end - options.begin);
  out.counts.assign(queries.size() / d, 0);
  if (out.k == 0 || queries.empty()) return out;
  Search search(queries, items, d, excluded, options, out.k);
  for (size_t begin = options.begin; begin < options.end; begin += kStretch) {
    search.Stretch(begin, std::min<size_t>(begin + kStretch, options.end), watch);
  }
  out.rows.resize(search.queries() * out.k);
  out.scores.resize(search.queries() * out.k);
  ParallelFor(search.queries(), 64, [&](size_t begin, size_t end) {
    for (size_t q = begin; q < end; ++q) {
      out.counts[q] =
          static_cast<uint32_t>(search.best(q).Finish(&out.rows[q * out.k], &out.scores[q * out.k]));
    }
  });
  return out;
}

}  // namespace cohear
