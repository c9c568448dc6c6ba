// A graph as one safetensors file. Tensors: type_offsets U32, item_users U32, and for every relation
// "<source type>.<destination type>.<array>" with the arrays offsets U64, indices U32, counts U32, scores
// F32, lastTimes F64; an array that the graph lacks, or that is empty, is left out (offsets and indices
// never). The widest elements come first, since the format allows no holes: so everything is aligned and used
// where it lies. Metadata: kind, version, users. lib/graph/file.ts reads the header.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/edge_store.h"
#include "graph/graph.h"

namespace cohear {

// Where the header says that an array lies: `length` values from byte `begin` of the file.
struct Section {
  uint64_t begin, length;
};

struct RelationSections {
  uint32_t source_type, destination_type;
  Section offsets, indices;
  std::optional<Section> counts, scores, last_times;
};

struct GraphSections {
  Section type_offsets;
  std::optional<Section> item_users;
  uint64_t users = 0;
  std::vector<RelationSections> relations;
};

// The graph in place: nothing is read but what the check reads. Whatever `sections` say, nothing outside the
// file is touched. Errors: kIo (no such file), kFormat (not the graph that the sections promise).
Graph OpenGraph(const std::string& path, const GraphSections& sections, Check check);

// Writes the file whole or not at all.
void SaveGraph(const Graph& graph, const std::string& path);

// The same of a graph without relations and the spilled edges of stores[source * types + destination].
void SaveSpilled(const Graph& nodes, std::span<const EdgeStore> stores, const std::string& path);

}  // namespace cohear
