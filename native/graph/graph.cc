#include "graph/graph.h"

#include <cmath>
#include <string>

namespace cohear {
namespace {

template <class T>
void CheckEdgeArray(const std::vector<T>& values, size_t edges, const std::string& name, const char* array) {
  COHEAR_REQUIRE(values.empty() || values.size() == edges, Code::kShape,
                 name << ": " << array << " has " << values.size() << " values, want one per edge (" << edges
                      << ") or none");
  if constexpr (std::is_floating_point_v<T>) {
    for (size_t i = 0; i < values.size(); ++i) {
      COHEAR_REQUIRE(std::isfinite(values[i]), Code::kValue,
                     name << ": " << array << "[" << i << "] is " << values[i] << ", want a finite number");
    }
  }
}

void CheckRelation(const Graph& graph, const Relation& relation, const std::string& name) {
  const auto& types = graph.type_offsets;
  COHEAR_REQUIRE(relation.source_type < graph.types() && relation.destination_type < graph.types(),
                 Code::kRange,
                 name << ": types " << relation.source_type << " -> " << relation.destination_type
                      << ", want both below " << graph.types());
  const size_t rows = types[relation.destination_type + 1] - types[relation.destination_type];
  COHEAR_REQUIRE(relation.offsets.size() == rows + 1, Code::kShape,
                 name << ": " << relation.offsets.size() << " offsets, want " << rows + 1
                      << " (one per node of the destination type, and one more)");
  const CsrView csr = relation.csr();
  CheckCsr(csr, types[relation.source_type + 1], name.c_str());
  const Row first = types[relation.source_type];
  for (size_t row = 0; row < rows; ++row) {
    const auto neighbours = csr[row];
    for (size_t i = 0; i < neighbours.size(); ++i) {
      COHEAR_REQUIRE(neighbours[i] >= first, Code::kRange,
                     name << ": row " << row << " has neighbour " << neighbours[i]
                          << ", want the source type's rows, " << first << " to "
                          << types[relation.source_type + 1] - 1);
      COHEAR_REQUIRE(i == 0 || neighbours[i - 1] < neighbours[i], Code::kValue,
                     name << ": the neighbours of row " << row << " are not ascending without repeats ("
                          << neighbours[i - 1] << ", then " << neighbours[i] << "); sort them");
    }
  }
  CheckEdgeArray(relation.counts, relation.edges(), name, "counts");
  CheckEdgeArray(relation.scores, relation.edges(), name, "scores");
  CheckEdgeArray(relation.last_times, relation.edges(), name, "lastTimes");
}

}  // namespace

void CheckTypeOffsets(std::span<const Row> type_offsets) {
  COHEAR_REQUIRE(type_offsets.size() >= 2, Code::kShape,
                 "typeOffsets: " << type_offsets.size() << " values, want one per item type and one more");
  COHEAR_REQUIRE(type_offsets[0] == 0, Code::kValue, "typeOffsets[0] is " << type_offsets[0] << ", want 0");
  for (size_t t = 1; t < type_offsets.size(); ++t) {
    COHEAR_REQUIRE(type_offsets[t] >= type_offsets[t - 1], Code::kValue,
                   "typeOffsets fall from " << type_offsets[t - 1] << " to " << type_offsets[t]
                                            << "; they must never fall");
  }
}

void CheckGraph(const Graph& graph) {
  CheckTypeOffsets(graph.type_offsets);
  COHEAR_REQUIRE(graph.item_users.empty() || graph.item_users.size() == graph.nodes(), Code::kShape,
                 "itemUsers: " << graph.item_users.size() << " values, want one per node (" << graph.nodes()
                               << ") or none");
  for (size_t r = 0; r < graph.relations.size(); ++r) {
    const Relation& relation = graph.relations[r];
    const std::string name = "relation " + std::to_string(r);
    if (r > 0) {
      const Relation& before = graph.relations[r - 1];
      COHEAR_REQUIRE(std::pair(before.source_type, before.destination_type) <
                         std::pair(relation.source_type, relation.destination_type),
                     Code::kValue,
                     name << ": relations must be sorted by (source type, destination type), each pair once");
    }
    CheckRelation(graph, relation, name);
  }
}

size_t BytesOf(const Graph& graph) {
  size_t bytes = graph.type_offsets.size() * sizeof(Row) + graph.item_users.size() * sizeof(uint32_t);
  for (const Relation& relation : graph.relations) {
    bytes += relation.offsets.size() * sizeof(Offset) + relation.indices.size() * sizeof(Row) +
             relation.counts.size() * sizeof(uint32_t) + relation.scores.size() * sizeof(float) +
             relation.last_times.size() * sizeof(double);
  }
  return bytes;
}

}  // namespace cohear
