#include "graph/visits.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kUserGrain = 1024;
constexpr size_t kParts = 8;  // of the users, when sorting visits by item: fixed, so that positions are

struct Event {
  Row item;
  uint32_t position;  // in the history
};

// The distinct items of one user, ascending, each with the position of its latest event; `before` is the
// first event of that item in `events` (they lie together), for whoever looks at all of them.
void DistinctItems(std::span<const Row> items, size_t max_history, std::vector<Event>& events) {
  events.clear();
  for (size_t e = 0; e < items.size(); ++e) events.push_back({items[e], static_cast<uint32_t>(e)});
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.item != b.item ? a.item < b.item : a.position < b.position;
  });
  size_t kept = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    if (i + 1 == events.size() || events[i + 1].item != events[i].item) events[kept++] = events[i];
  }
  events.resize(kept);
  if (max_history > 0 && kept > max_history) {
    const auto later = [](const Event& a, const Event& b) { return a.position > b.position; };
    std::nth_element(events.begin(), events.begin() + static_cast<ptrdiff_t>(max_history), events.end(),
                     later);
    events.resize(max_history);
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.item < b.item; });
  }
}

// A user's share of a pair is the product of the factors of the two events: the decay of a pair is that of
// their mean age.
double Factor(const EventWeights& weights, size_t event, double time) {
  const double weight = weights.weights.empty() ? 1.0 : weights.weights[event];
  if (weights.half_life <= 0) return weight;
  return weight * std::exp2(-std::max(0.0, weights.now - time) / (2 * weights.half_life));
}

}  // namespace

bool Fit32(std::span<const double> times) {
  if (times.empty()) return true;
  std::atomic<bool> fit{true};
  const double base = times[0];
  ParallelFor(times.size(), 1 << 16, [&](size_t begin, size_t end) {
    // A base of any event will do for the test; the least time is taken as base where it holds.
    bool whole = true;
    for (size_t e = begin; e < end; ++e) {
      const double since = times[e] - base;
      whole &= std::abs(since) < 0x1p31 && since == std::nearbyint(since) && base + since == times[e];
    }
    if (!whole) fit.store(false, std::memory_order_relaxed);
  });
  return fit.load();
}

void CheckEvents(const CsrView& histories, std::span<const double> times, const EventWeights& weights) {
  COHEAR_REQUIRE(times.size() == histories.indices.size(), Code::kShape,
                 "times: " << times.size() << " values for " << histories.indices.size() << " events");
  COHEAR_REQUIRE(
      weights.weights.empty() || weights.weights.size() == histories.indices.size(), Code::kShape,
      "weights: " << weights.weights.size() << " values for " << histories.indices.size() << " events");
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
  ParallelFor(weights.weights.size(), 1 << 16, [&](size_t begin, size_t end) {
    for (size_t e = begin; e < end; ++e) {
      const float weight = weights.weights[e];
      COHEAR_REQUIRE(std::isfinite(weight) && weight >= 0, Code::kValue,
                     "weights[" << e << "] is " << weight << ", want a finite number of 0 or more");
    }
  });
}

template <class Clock, bool kWeighted>
Visits<Visit<Clock, kWeighted>> VisitsByUser(const CsrView& histories, std::span<const double> times,
                                             const EventWeights& weights, size_t max_history,
                                             const Clock& clock) {
  const size_t users = histories.rows();
  Visits<Visit<Clock, kWeighted>> out;
  // Every user's distinct items fit where its events lay; the gaps are closed in place afterwards.
  out.visits.resize(histories.indices.size());
  out.offsets.assign(users + 1, 0);
  ParallelFor(users, kUserGrain, [&](size_t begin, size_t end) {
    std::vector<Event> distinct;
    for (size_t u = begin; u < end; ++u) {
      DistinctItems(histories[u], max_history, distinct);
      const Offset first = histories.offsets[u];
      for (size_t i = 0; i < distinct.size(); ++i) {
        const size_t event = first + distinct[i].position;
        auto& visit = out.visits[first + i];
        visit.other = distinct[i].item;
        visit.time = clock.From(times[event]);
        if constexpr (kWeighted) visit.weight = static_cast<float>(Factor(weights, event, times[event]));
      }
      if constexpr (kWeighted) {
        // An earlier event of the same item may weigh more.
        for (size_t e = 0; e < histories[u].size(); ++e) {
          const auto at = std::lower_bound(distinct.begin(), distinct.end(), histories[u][e],
                                           [](const Event& a, Row item) { return a.item < item; });
          if (at == distinct.end() || at->item != histories[u][e]) continue;
          float& weight = out.visits[first + static_cast<size_t>(at - distinct.begin())].weight;
          weight = std::max(weight, static_cast<float>(Factor(weights, first + e, times[first + e])));
        }
      }
      out.offsets[u + 1] = distinct.size();
    }
  });
  for (size_t u = 0; u < users; ++u) {
    const size_t count = out.offsets[u + 1];
    std::copy_n(out.visits.data() + histories.offsets[u], count, out.visits.data() + out.offsets[u]);
    out.offsets[u + 1] += out.offsets[u];
  }
  out.visits.resize(out.offsets[users]);
  return out;
}

template <class V>
Visits<V> VisitsByItem(const Visits<V>& by_user, size_t items) {
  const size_t users = by_user.rows();
  Visits<V> out;
  out.offsets.assign(items + 1, 0);
  out.visits.resize(by_user.visits.size());
  // A counting sort of parts of the users side by side: users stay ascending within an item because parts do.
  const auto part = [&](size_t p) {  // first user of the part, parts having equally many visits
    const Offset visits = by_user.visits.size() * p / kParts;
    return static_cast<size_t>(std::lower_bound(by_user.offsets.begin(), by_user.offsets.end() - 1, visits) -
                               by_user.offsets.begin());
  };
  std::vector<std::vector<Offset>> next(kParts);
  ParallelFor(kParts, 1, [&](size_t p, size_t) {
    next[p].assign(items, 0);
    const Offset end = by_user.offsets[p + 1 == kParts ? users : part(p + 1)];
    for (Offset v = by_user.offsets[part(p)]; v < end; ++v) ++next[p][by_user.visits[v].other];
  });
  for (size_t i = 0; i < items; ++i) {
    Offset at = out.offsets[i];
    for (auto& counts : next) at += std::exchange(counts[i], at);
    out.offsets[i + 1] = at;
  }
  ParallelFor(kParts, 1, [&](size_t p, size_t) {
    const size_t end = p + 1 == kParts ? users : part(p + 1);
    for (size_t u = part(p); u < end; ++u) {
      for (V visit : by_user[u]) {
        const Row item = std::exchange(visit.other, static_cast<Row>(u));
        out.visits[next[p][item]++] = visit;
      }
    }
  });
  return out;
}

#define COHEAR_VISITS(Clock, weighted)                                                             \
  template Visits<Visit<Clock, weighted>> VisitsByUser(const CsrView&, std::span<const double>,    \
                                                       const EventWeights&, size_t, const Clock&); \
  template Visits<Visit<Clock, weighted>> VisitsByItem(const Visits<Visit<Clock, weighted>>&, size_t)
COHEAR_VISITS(Seconds32, false);
COHEAR_VISITS(Seconds32, true);
COHEAR_VISITS(Seconds64, false);
COHEAR_VISITS(Seconds64, true);
#undef COHEAR_VISITS

}  // namespace cohear
