#include "graph/graph.h"

#include "node/arrays.h"
#include "node/graph_handle.h"
#include "node/layers.h"

namespace cohear::node {
namespace {

template <class T>
std::vector<T> Copy(const Napi::Object& object, const char* key, bool optional = false) {
  const Napi::Value value = object.Get(key);
  if (optional && value.IsUndefined()) return {};
  const auto view = View<T>(value, key);
  return {view.begin(), view.end()};
}

Napi::Value CreateGraph(const Napi::CallbackInfo& info) {
  const Napi::Object parts = ReadObject(info[0], "graph");
  auto graph = std::make_shared<Graph>();
  graph->type_offsets = Copy<Row>(parts, "typeOffsets");
  const Napi::Array relations = ReadList(parts.Get("relations"), "relations");
  for (uint32_t r = 0; r < relations.Length(); ++r) {
    const Napi::Object from = ReadObject(relations.Get(r), "relations");
    Relation relation;
    relation.source_type =
        static_cast<uint32_t>(ReadCount(from.Get("sourceType"), "sourceType", 0, UINT32_MAX));
    relation.destination_type =
        static_cast<uint32_t>(ReadCount(from.Get("destinationType"), "destinationType", 0, UINT32_MAX));
    relation.offsets = Copy<Offset>(from, "offsets");
    relation.indices = Copy<Row>(from, "indices");
    relation.counts = Copy<uint32_t>(from, "counts", true);
    relation.scores = Copy<float>(from, "scores", true);
    relation.last_times = Copy<double>(from, "lastTimes", true);
    graph->relations.push_back(std::move(relation));
  }
  SortRelations(graph->relations);
  graph->item_users = Copy<uint32_t>(parts, "itemUsers", true);
  const Napi::Value users = parts.Get("users");
  if (!users.IsUndefined()) graph->users = ReadCount(users, "users", 0, UINT32_MAX);
  CheckGraph(*graph);
  auto node_times = Copy<double>(parts, "nodeTimes", true);
  COHEAR_REQUIRE(
      node_times.empty() || node_times.size() == graph->nodes(), Code::kShape,
      "nodeTimes: " << node_times.size() << " values, want one per node (" << graph->nodes() << ") or none");
  return NewGraph(info.Env(), std::move(graph), std::move(node_times));
}

Napi::Object Summary(Napi::Env env, const Relation& relation) {
  auto out = Napi::Object::New(env);
  out.Set("sourceType", relation.source_type);
  out.Set("destinationType", relation.destination_type);
  out.Set("edges", static_cast<double>(relation.edges()));
  return out;
}

Napi::Value GraphInfo(const Napi::CallbackInfo& info) {
  const auto graph = GraphOf(info[0], "graph");
  auto relations = Napi::Array::New(info.Env(), graph->relations.size());
  for (size_t r = 0; r < graph->relations.size(); ++r) {
    relations[static_cast<uint32_t>(r)] = Summary(info.Env(), graph->relations[r]);
  }
  auto out = Napi::Object::New(info.Env());
  out.Set("typeOffsets", ToArray(info.Env(), graph->type_offsets));
  out.Set("relations", relations);
  if (!graph->item_users.empty()) out.Set("itemUsers", ToArray<uint32_t>(info.Env(), graph->item_users));
  out.Set("users", static_cast<double>(graph->users));
  out.Set("bytes", static_cast<double>(BytesOf(*graph)));
  return out;
}

Napi::Value GraphRelation(const Napi::CallbackInfo& info) {
  const auto graph = GraphOf(info[0], "graph");
  COHEAR_REQUIRE(!graph->relations.empty(), Code::kRange, "relation: the graph has none");
  const Relation& relation = graph->relations[ReadCount(info[1], "relation", 0, graph->relations.size() - 1)];
  auto out = Summary(info.Env(), relation);
  out.Set("offsets", ToArray<Offset>(info.Env(), relation.offsets));
  out.Set("indices", ToArray<Row>(info.Env(), relation.indices));
  if (relation.edges() == 0 || !relation.counts.empty())
    out.Set("counts", ToArray<uint32_t>(info.Env(), relation.counts));
  if (relation.edges() == 0 || !relation.scores.empty())
    out.Set("scores", ToArray<float>(info.Env(), relation.scores));
  if (relation.edges() == 0 || !relation.last_times.empty())
    out.Set("lastTimes", ToArray<double>(info.Env(), relation.last_times));
  return out;
}

}  // namespace

void RegisterGraph(Napi::Env env, Napi::Object exports) {
  Export<CreateGraph>(env, exports, "createGraph");
  Export<GraphInfo>(env, exports, "graphInfo");
  Export<GraphRelation>(env, exports, "graphRelation");
  RegisterGraphBuild(env, exports);
  RegisterGraphFile(env, exports);
}

}  // namespace cohear::node
