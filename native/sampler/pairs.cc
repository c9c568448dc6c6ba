#include "sampler/pairs.h"

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

}  // namespace cohear
