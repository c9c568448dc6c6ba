// Random histories and a plain way to count pairs, for tests.
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "core/csr.h"
#include "core/random.h"

namespace cohear {

struct TestHistories {
  std::vector<Offset> offsets{0};
  std::vector<Row> items;
  std::vector<double> times;

  CsrView csr() const { return {offsets, items}; }
  void Add(const std::vector<std::pair<Row, double>>& events) {
    for (const auto& [item, time] : events) {
      items.push_back(item);
      times.push_back(time);
    }
    offsets.push_back(items.size());
  }
};

// Users with 0 to `most` events, popular items oftener than others, repeats and equal times included.
inline TestHistories RandomHistories(uint64_t seed, size_t users, Row items, uint32_t most) {
  TestHistories out;
  for (uint32_t u = 0; u < users; ++u) {
    Draws draws(seed, u, 0, 0);
    std::vector<std::pair<Row, double>> events(draws.NextBelow(most + 1));
    double time = 1000;
    for (auto& [item, at] : events) {
      item = draws.NextBelow(draws.NextBelow(items) + 1);
      at = time += draws.NextBelow(3);
    }
    out.Add(events);
  }
  return out;
}

// (i, j) -> count and last time, by the definition; i < j and i > j both.
inline std::map<std::pair<Row, Row>, std::pair<uint32_t, double>> PlainPairs(const TestHistories& histories,
                                                                             size_t max_history) {
  std::map<std::pair<Row, Row>, std::pair<uint32_t, double>> pairs;
  for (size_t u = 0; u + 1 < histories.offsets.size(); ++u) {
    std::map<Row, double> latest;
    for (Offset e = histories.offsets[u + 1]; e-- > histories.offsets[u];) {
      if (max_history > 0 && latest.size() == max_history) break;
      latest.emplace(histories.items[e], histories.times[e]);
    }
    for (const auto& [i, ti] : latest) {
      for (const auto& [j, tj] : latest) {
        if (i == j) continue;
        auto& [count, last] = pairs.try_emplace({i, j}, 0u, 0.0).first->second;
        ++count;
        last = std::max({last, ti, tj});
      }
    }
  }
  return pairs;
}

}  // namespace cohear
