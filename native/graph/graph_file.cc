#include "graph/graph_file.h"

#include <algorithm>
#include <cstring>

#include "core/mapped_file.h"
#include "core/safetensors.h"

namespace cohear {
namespace {

template <class T>
Column<T> At(const std::shared_ptr<const MappedFile>& file, const Section& section, const char* array) {
  const auto bytes = file->bytes();
  const bool inside =
      section.begin <= bytes.size() && section.length <= (bytes.size() - section.begin) / sizeof(T);
  COHEAR_REQUIRE(inside, Code::kFormat,
                 array << " lies outside the file (" << section.length << " values from byte "
                       << section.begin << " of " << bytes.size() << ")");
  const std::byte* const start = bytes.data() + section.begin;
  if (reinterpret_cast<uintptr_t>(start) % alignof(T) == 0)
    return {{reinterpret_cast<const T*>(start), section.length}, file};
  // Another program wrote the header anew and shifted everything: as good as it was, but no longer in place.
  std::vector<T> copy(section.length);
  std::memcpy(copy.data(), start, section.length * sizeof(T));
  return copy;
}

template <class T>
Column<T> AtMaybe(const std::shared_ptr<const MappedFile>& file, const std::optional<Section>& section,
                  const char* array) {
  return section ? At<T>(file, *section, array) : Column<T>();
}

std::vector<NamedArray> NodeArrays(const Graph& graph) {
  std::vector<NamedArray> arrays{NamedArray::Of<Row>("type_offsets", graph.type_offsets)};
  if (!graph.item_users.empty()) arrays.push_back(NamedArray::Of<uint32_t>("item_users", graph.item_users));
  return arrays;
}

// Empty arrays are left out, but for offsets and indices.
void AddRelation(std::vector<NamedArray>& to, size_t source, size_t destination,
                 std::initializer_list<NamedArray> arrays) {
  for (NamedArray array : arrays) {
    if (array.size() == 0 && array.name != "indices") continue;
    array.name = std::to_string(source) + "." + std::to_string(destination) + "." + array.name;
    to.push_back(std::move(array));
  }
}

std::vector<std::pair<std::string, std::string>> Metadata(const Graph& graph) {
  return {{"kind", "cohear item graph"}, {"version", "1"}, {"users", std::to_string(graph.users)}};
}

}  // namespace

Graph OpenGraph(const std::string& path, const GraphSections& sections, Check check) {
  const auto file = MappedFile::Open(path);
  try {
    Graph graph;
    graph.mapped = true;
    graph.type_offsets = At<Row>(file, sections.type_offsets, "type_offsets").ToVector();
    graph.item_users = AtMaybe<uint32_t>(file, sections.item_users, "item_users");
    graph.users = sections.users;
    for (const RelationSections& at : sections.relations) {
      graph.relations.push_back(
          {at.source_type, at.destination_type, At<Offset>(file, at.offsets, "offsets"),
           At<Row>(file, at.indices, "indices"), AtMaybe<uint32_t>(file, at.counts, "counts"),
           AtMaybe<float>(file, at.scores, "scores"), AtMaybe<double>(file, at.last_times, "lastTimes")});
    }
    SortRelations(graph.relations);
    CheckGraph(graph, check);
    return graph;
  } catch (const Error& error) {
    throw Error(Code::kFormat, path + ": " + error.what() + "; the file is damaged, build the graph anew");
  }
}

void SaveGraph(const Graph& graph, const std::string& path) {
  std::vector<NamedArray> arrays = NodeArrays(graph);
  for (const Relation& relation : graph.relations) {
    AddRelation(arrays, relation.source_type, relation.destination_type,
                {NamedArray::Of<Offset>("offsets", relation.offsets),
                 NamedArray::Of<Row>("indices", relation.indices),
                 NamedArray::Of<uint32_t>("counts", relation.counts),
                 NamedArray::Of<float>("scores", relation.scores),
                 NamedArray::Of<double>("lastTimes", relation.last_times)});
  }
  WriteSafetensors(path, std::move(arrays), Metadata(graph));
}

void SaveSpilled(const Graph& nodes, std::span<const EdgeStore> stores, const std::string& path) {
  std::vector<NamedArray> arrays = NodeArrays(nodes);
  for (size_t i = 0; i < stores.size(); ++i) {
    const EdgeStore::Files& files = *stores[i].files();
    AddRelation(arrays, i / nodes.types(), i % nodes.types(),
                {NamedArray::Of<Offset>("offsets", stores[i].offsets()),
                 NamedArray::Of<Row>("indices", {}, &files.indices),
                 NamedArray::Of<uint32_t>("counts", {}, &files.counts),
                 NamedArray::Of<float>("scores", {}, &files.scores),
                 NamedArray::Of<double>("lastTimes", {}, &files.last_times)});
  }
  WriteSafetensors(path, std::move(arrays), Metadata(nodes));
}

}  // namespace cohear
