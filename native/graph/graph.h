// The item graph: one CSC per relation, a relation being an ordered pair of item types (source ->
// destination). Nodes are catalogue rows; a type is a range of rows.
#pragma once
#include <cstdint>
#include <vector>

#include "core/column.h"
#include "core/csr.h"

namespace cohear {

struct Relation {
  uint32_t source_type, destination_type;
  // One row per node of the destination type: row v - type_offsets[destination_type] lists the neighbours of
  // node v, as catalogue rows of the source type, ascending and without repeats.
  Column<Offset> offsets;
  Column<Row> indices;
  // Per edge, parallel to indices; each may be empty where the graph was made without it.
  Column<uint32_t> counts;    // users who interacted with both
  Column<float> scores;       // strength, by the named score the graph was made with
  Column<double> last_times;  // when the later of the two events of the last such user happened, seconds

  CsrView csr() const { return {offsets, indices}; }
  size_t edges() const { return indices.size(); }
};

struct Graph {
  std::vector<Row> type_offsets;    // types + 1; type t is the rows type_offsets[t] .. type_offsets[t + 1])
  std::vector<Relation> relations;  // sorted by (source type, destination type); a pair appears at most once
  // What scores are made from; empty and 0 where the graph was made without them.
  Column<uint32_t> item_users = {};  // per node: users who interacted with it
  uint64_t users = 0;                // users who interacted with anything
  bool mapped = false;               // the arrays lie in a mapped file

  size_t types() const { return type_offsets.size() - 1; }
  size_t nodes() const { return type_offsets.back(); }
};

// kStructure: sizes fit each other and offsets never fall, which reads the offsets alone. kAll: also every
// neighbour is a row of its type, rows ascend, and scores and times are finite, which reads everything.
enum class Check { kStructure, kAll };

// Throws unless every relation is a valid CSC over the types' ranges with ascending neighbours and edge
// arrays of matching (or no) length.
void CheckGraph(const Graph& graph, Check check = Check::kAll);

// Throws unless type_offsets start at 0, never fall and name at least one type.
void CheckTypeOffsets(std::span<const Row> type_offsets);

// By (source type, destination type).
void SortRelations(std::vector<Relation>& relations);

// Bytes that its arrays take, in memory or in the mapped file.
size_t BytesOf(const Graph& graph);

}  // namespace cohear
