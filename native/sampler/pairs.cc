#include "sampler/pairs.h"

#include "core/prefetch.h"

namespace cohear {

const Relation* FindRelation(const Graph& graph, uint32_t source_type, uint32_t destination_type) {
  for (const auto& relation : graph.relations) {
    if (relation.source_type == source_type && relation.destination_type == destination_type)
      return &relation;
  }
  return nullptr;
}

bool HasEdge(const Graph& graph, const Relation* relation, Row source, Row destination) {
  if (relation == nullptr) return false;
  const auto neighbors = relation->csr()[destination - graph.type_offsets[relation->destination_type]];
  return std::binary_search(neighbors.begin(), neighbors.end(), source);
}

void PrefetchOffsets(const Graph& graph, const Relation* relation, Row destination) {
  if (relation == nullptr) return;
  const Offset* begin = &relation->offsets[destination - graph.type_offsets[relation->destination_type]];
  Prefetch(begin);
  Prefetch(begin + 1);
}

void PrefetchNeighbors(const Graph& graph, const Relation* relation, Row destination) {
  if (relation == nullptr) return;
  PrefetchSearch(relation->csr()[destination - graph.type_offsets[relation->destination_type]]);
}

std::vector<LinkType> LinkTypes(const Graph& graph) {
  std::vector<LinkType> types;
  for (uint32_t low = 0; low < graph.types(); ++low) {
    for (uint32_t high = low; high < graph.types(); ++high) {
      const LinkType type{low, high, FindRelation(graph, low, high), FindRelation(graph, high, low)};
      if (type.up || type.down) types.push_back(type);
    }
  }
  return types;
}

PairRows::PairRows(const Graph& graph, const LinkType& type)
    : type_(type),
      first_low_(graph.type_offsets[type.low]),
      first_high_(graph.type_offsets[type.high]),
      up_rows_(type.up ? type.up->offsets.size() - 1 : 0),
      down_rows_(type.down ? type.down->offsets.size() - 1 : 0) {
  FindMirrored();
  // Of a symmetric graph the second kind of row holds nothing new; then it need not be looked at.
  if (type_.up == nullptr || type_.down == nullptr) return;
  for (size_t row = up_rows_; row < rows(); ++row) {
    bool any = false;
    Each(row, [&](Row, Row) { any = true; });
    if (any) return;
  }
  down_rows_ = 0;
}

// Low rows are gone through in ascending order, so within each high row of `up` the place of the next low row
// only moves forward: one cursor per high row instead of a search per edge.
void PairRows::FindMirrored() {
  if (down_rows_ == 0) return;
  const Relation& down = *type_.down;
  mirrored_.assign(down.edges() / 64 + 1, 0);
  if (type_.up == nullptr) return;
  const Relation& up = *type_.up;
  std::vector<Offset> cursors(up.offsets.begin(), up.offsets.end() - 1);
  constexpr size_t kAhead = 16;
  const size_t edges = down.edges();
  Offset e = 0;
  for (size_t own = 0; own < down_rows_; ++own) {
    const Row low = static_cast<Row>(first_low_ + own);
    for (; e < down.offsets[own + 1]; ++e) {
      if (e + 2 * kAhead < edges) Prefetch(&cursors[down.indices[e + 2 * kAhead] - first_high_]);
      if (e + kAhead < edges) Prefetch(up.indices.data() + cursors[down.indices[e + kAhead] - first_high_]);
      const Row high = down.indices[e];
      if (high <= low) continue;
      Offset& cursor = cursors[high - first_high_];
      const Offset end = up.offsets[high - first_high_ + 1];
      while (cursor < end && up.indices[cursor] < low) ++cursor;
      if (cursor < end && up.indices[cursor] == low) mirrored_[e / 64] |= uint64_t{1} << (e % 64);
    }
  }
}

}  // namespace cohear
