#include "sampler/exclusions.h"

#include <algorithm>

namespace cohear {
Exclusions::Exclusions(std::span<const Row> a, std::span<const Row> b) {
  std::vector<uint64_t> directed;  // node, other
  directed.reserve(2 * a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    directed.push_back(uint64_t{a[i]} << 32 | b[i]);
    directed.push_back(uint64_t{b[i]} << 32 | a[i]);
  }
  std::sort(directed.begin(), directed.end());
  directed.erase(std::unique(directed.begin(), directed.end()), directed.end());
  COHEAR_REQUIRE(directed.size() < (uint64_t{1} << 32), Code::kRange,
                 "exclude: " << a.size() << " pairs are too many for one call");
  others_.reserve(directed.size());
  for (const uint64_t pair : directed) {
    const Row node = static_cast<Row>(pair >> 32);
    if (nodes_.empty() || nodes_.back() != node) {
      nodes_.push_back(node);
      offsets_.push_back(static_cast<uint32_t>(others_.size()));
    }
    others_.push_back(static_cast<Row>(pair));
  }
  offsets_.push_back(static_cast<uint32_t>(others_.size()));
  size_t size = 64;
  while (size < 4 * nodes_.size()) size *= 2;
  table_.assign(size, 0);
  filter_.assign(size / 16, 0);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const size_t bit = Hash(nodes_[i]) & (64 * filter_.size() - 1);
    filter_[bit / 64] |= uint64_t{1} << (bit % 64);
    size_t place = Hash(nodes_[i]) & (size - 1);
    while (table_[place] != 0) place = (place + 1) & (size - 1);
    table_[place] = static_cast<uint32_t>(i + 1);
  }
}

std::span<const Row> Exclusions::Of(Row node) const {
  if (nodes_.empty()) return {};
  for (size_t place = Hash(node) & (table_.size() - 1); table_[place] != 0;
       place = (place + 1) & (table_.size() - 1)) {
    const size_t i = table_[place] - 1;
    if (nodes_[i] == node) return std::span(others_).subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  return {};
}

void Exclusions::Positions(Row node, Row first, Row last, std::span<const Row> neighbors, bool sorted,
                           std::vector<uint32_t>& positions) const {
  const auto others = Of(node);
  if (!sorted) {
    for (uint32_t i = 0; !others.empty() && i < neighbors.size(); ++i) {
      if (std::binary_search(others.begin(), others.end(), neighbors[i])) positions.push_back(i);
    }
    return;
  }
  auto place = neighbors.begin();
  for (auto other = std::lower_bound(others.begin(), others.end(), first);
       other != others.end() && *other < last; ++other) {
    place = std::lower_bound(place, neighbors.end(), *other);
    if (place == neighbors.end()) break;
    if (*place == *other) positions.push_back(static_cast<uint32_t>(place - neighbors.begin()));
  }
}

}  // namespace cohear
