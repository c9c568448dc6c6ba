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
  std::vector<NamedArray> arrays{NamedArray::Of<Row>("type_offsets", graph.type_offsets)};
  const auto add = [&]<class T>(const std::string& name, const Column<T>& values) {
    if (!values.empty()) arrays.push_back(NamedArray::Of<T>(name, values));
  };
  add("item_users", graph.item_users);
  for (const Relation& relation : graph.relations) {
    const std::string name =
        std::to_string(relation.source_type) + "." + std::to_string(relation.destination_type) + ".";
    arrays.push_back(NamedArray::Of<Offset>(name + "offsets", relation.offsets));
    arrays.push_back(NamedArray::Of<Row>(name + "indices", relation.indices));
    add(name + "counts", relation.counts);
    add(name + "scores", relation.scores);
    add(name + "lastTimes", relation.last_times);
  }
  WriteSafetensors(path, std::move(arrays),
                   {{"kind", "cohear item graph"}, {"version", "1"}, {"users", std::to_string(graph.users)}});
}

}  // namespace cohear
