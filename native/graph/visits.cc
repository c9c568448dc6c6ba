#include "graph/visits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kUserGrain = 1024;

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

}  // namespace

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

Visits VisitsByUser(const CsrView& histories, std::span<const double> times, size_t max_history) {
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

Visits VisitsByItem(const Visits& by_user, size_t items) {
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

}  // namespace cohear
