// Graphs in files.
#include "graph/graph_file.h"

#include "node/arrays.h"
#include "node/graph_handle.h"
#include "node/layers.h"
#include "node/worker.h"

namespace cohear::node {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 53;

// [first byte in the file, number of values]
Section ReadSection(const Napi::Value& value, const char* name) {
  const Napi::Array pair = ReadList(value, name);
  return {ReadCount(pair.Get(0u), name, 0, kMost), ReadCount(pair.Get(1u), name, 0, kMost)};
}

std::optional<Section> ReadMaybe(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  return value.IsUndefined() ? std::nullopt : std::optional(ReadSection(value, name));
}

uint32_t ReadType(const Napi::Object& from, const char* name) {
  return static_cast<uint32_t>(ReadCount(from.Get(name), name, 0, UINT32_MAX));
}

GraphSections ReadSections(const Napi::Value& value) {
  const Napi::Object from = ReadObject(value, "sections");
  GraphSections sections{ReadSection(from.Get("typeOffsets"), "typeOffsets"),
                         ReadMaybe(from, "itemUsers"),
                         ReadCount(from.Get("users"), "users", 0, kMost),
                         {}};
  const Napi::Array relations = ReadList(from.Get("relations"), "relations");
  for (uint32_t r = 0; r < relations.Length(); ++r) {
    const Napi::Object at = ReadObject(relations.Get(r), "relations");
    sections.relations.push_back({ReadType(at, "sourceType"), ReadType(at, "destinationType"),
                                  ReadSection(at.Get("offsets"), "offsets"),
                                  ReadSection(at.Get("indices"), "indices"), ReadMaybe(at, "counts"),
                                  ReadMaybe(at, "scores"), ReadMaybe(at, "lastTimes")});
  }
  return sections;
}

// (path, sections, all) -> Promise<Graph>; all: check every edge, not the structure alone
Napi::Value OpenGraphFile(const Napi::CallbackInfo& info) {
  struct State {
    std::string path;
    GraphSections sections;
    Check check;
    std::shared_ptr<const Graph> graph;
  };
  auto state =
      std::make_shared<State>(State{ReadString(info[0], "path"), ReadSections(info[1]),
                                    ReadBoolean(info[2], "all") ? Check::kAll : Check::kStructure, nullptr});
  return Async<State>(
      info.Env(), state,
      [](State& s) { s.graph = std::make_shared<Graph>(OpenGraph(s.path, s.sections, s.check)); },
      [](Napi::Env env, State& s) { return NewGraph(env, s.graph); });
}

// (graph, path) -> Promise<undefined>
Napi::Value SaveGraphFile(const Napi::CallbackInfo& info) {
  struct State {
    std::shared_ptr<const Graph> graph;
    std::string path;
  };
  auto state = std::make_shared<State>(State{GraphOf(info[0], "graph"), ReadString(info[1], "path")});
  return Async<State>(
      info.Env(), state, [](State& s) { SaveGraph(*s.graph, s.path); },
      [](Napi::Env env, State&) { return env.Undefined(); });
}

}  // namespace

void RegisterGraphFile(Napi::Env env, Napi::Object exports) {
  Export<OpenGraphFile>(env, exports, "openGraph");
  Export<SaveGraphFile>(env, exports, "saveGraph");
}

}  // namespace cohear::node
