#include "graph/edge_store.h"

#include "core/pool.h"

namespace cohear {
namespace {

// Joins one array of all grains and frees each as it goes: the graph is never held twice.
template <class T>
Column<T> JoinArray(std::vector<Edges>& grains, std::vector<T> Edges::*array) {
  size_t total = 0;
  for (const Edges& grain : grains) total += (grain.*array).size();
  std::vector<T> to;
  to.reserve(total);
  for (Edges& grain : grains) {
    const std::vector<T> from = std::move(grain.*array);
    to.insert(to.end(), from.begin(), from.end());
  }
  return to;
}

}  // namespace

void Edges::Clear() {
  indices.clear();
  counts.clear();
  scores.clear();
  last_times.clear();
}

void EdgeStore::Add(size_t first_row, std::span<const uint32_t> ends, Edges edges) {
  const Offset before = offsets_[first_row];
  for (size_t i = 0; i < ends.size(); ++i) offsets_[first_row + i + 1] = before + ends[i];
  bytes_ += edges.size() * kMostBytesOfEdge;
  grains_.push_back(std::move(edges));
}

void EdgeStore::Spill(const std::string& folder) {
  if (!files_) files_ = std::make_unique<Files>(folder);
  for (const Edges& grain : grains_) {
    files_->indices.Append(std::as_bytes(std::span(grain.indices)));
    files_->counts.Append(std::as_bytes(std::span(grain.counts)));
    files_->scores.Append(std::as_bytes(std::span(grain.scores)));
    files_->last_times.Append(std::as_bytes(std::span(grain.last_times)));
  }
  grains_.clear();
  bytes_ = 0;
}

Relation EdgeStore::Join(uint32_t source, uint32_t destination) {
  COHEAR_ASSERT(!files_, "joining edges that were spilled");
  Relation out{source, destination, std::move(offsets_), {}, {}, {}, {}};
  ParallelFor(4, 1, [&](size_t array, size_t) {
    switch (array) {
      case 0: out.indices = JoinArray(grains_, &Edges::indices); break;
      case 1: out.counts = JoinArray(grains_, &Edges::counts); break;
      case 2: out.last_times = JoinArray(grains_, &Edges::last_times); break;
      default: out.scores = JoinArray(grains_, &Edges::scores);
    }
  });
  return out;
}

}  // namespace cohear
