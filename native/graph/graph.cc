#include "graph/graph.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 4096;  // rows, or a sixteenth of as many edges

template <class T>
void CheckEdgeArray(const Column<T>& values, size_t edges, const std::string& name, const char* array,
                    Check check) {
  COHEAR_REQUIRE(values.empty() || values.size() == edges, Code::kShape,
                 name << ": " << array << " has " << values.size() << " values, want one per edge (" << edges
                      << ") or none");
  if (check == Check::kStructure || !std::is_floating_point_v<T>) return;
  ParallelFor(values.size(), 16 * kGrain, [&](size_t begin, size_t end) {
    int bad = 0;
    for (size_t i = begin; i < end; ++i) bad |= !(values[i] - values[i] == 0);
    for (size_t i = begin; bad && i < end; ++i) {
      COHEAR_REQUIRE(values[i] - values[i] == 0, Code::kValue,
                     name << ": " << array << "[" << i << "] is " << values[i] << ", want a finite number");
    }
  });
}

// [first, last): the rows of the source type.
void CheckRow(std::span<const Row> neighbours, Row first, Row last, size_t row, const std::string& name) {
  int unsorted = 0;
  for (size_t i = 1; i < neighbours.size(); ++i) unsorted |= neighbours[i - 1] >= neighbours[i];
  for (size_t i = 1; unsorted && i < neighbours.size(); ++i) {
    COHEAR_REQUIRE(neighbours[i - 1] < neighbours[i], Code::kValue,
                   name << ": the neighbours of row " << row << " are not ascending without repeats ("
                        << neighbours[i - 1] << ", then " << neighbours[i] << "); sort them");
  }
  if (neighbours.empty()) return;
  // They ascend, so the ends speak for all.
  for (const Row neighbour : {neighbours.front(), neighbours.back()}) {
    COHEAR_REQUIRE(neighbour >= first && neighbour < last, Code::kRange,
                   name << ": row " << row << " has neighbour " << neighbour
                        << ", want the source type's rows, " << first << " to " << int64_t{last} - 1);
  }
}

void CheckRelation(const Graph& graph, const Relation& relation, const std::string& name, Check check) {
  const auto& types = graph.type_offsets;
  COHEAR_REQUIRE(relation.source_type < graph.types() && relation.destination_type < graph.types(),
                 Code::kRange,
                 name << ": types " << relation.source_type << " -> " << relation.destination_type
                      << ", want both below " << graph.types());
  const size_t rows = types[relation.destination_type + 1] - types[relation.destination_type];
  COHEAR_REQUIRE(relation.offsets.size() == rows + 1, Code::kShape,
                 name << ": " << relation.offsets.size() << " offsets, want " << rows + 1
                      << " (one per node of the destination type, and one more)");
  CheckOffsets(relation.csr(), name.c_str());
  if (check == Check::kAll) {
    const CsrView csr = relation.csr();
    ParallelFor(rows, kGrain, [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) {
        CheckRow(csr[row], types[relation.source_type], types[relation.source_type + 1], row, name);
      }
    });
  }
  CheckEdgeArray(relation.counts, relation.edges(), name, "counts", check);
  CheckEdgeArray(relation.scores, relation.edges(), name, "scores", check);
  CheckEdgeArray(relation.last_times, relation.edges(), name, "lastTimes", check);
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

void CheckGraph(const Graph& graph, Check check) {
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
    CheckRelation(graph, relation, name, check);
  }
}

void SortRelations(std::vector<Relation>& relations) {
  std::sort(relations.begin(), relations.end(), [](const Relation& a, const Relation& b) {
    return std::pair(a.source_type, a.destination_type) < std::pair(b.source_type, b.destination_type);
  });
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
