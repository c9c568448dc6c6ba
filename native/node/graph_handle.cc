#include "node/graph_handle.h"

namespace cohear::node {

static constexpr HandleClass kGraph{"Graph", {0x8c5e1f0b7d2a4936, 0x91b6e3a4c07f58d2}};

Napi::Value NewGraph(Napi::Env env, std::shared_ptr<const Graph> graph) {
  // A mapped file is the system's to keep or drop; the garbage collector need not hurry for it.
  const size_t bytes = graph->mapped ? 0 : BytesOf(*graph);
  return NewHandle(env, kGraph, std::move(graph), bytes);
}

std::shared_ptr<const Graph> GraphOf(const Napi::Value& value, const char* name) {
  return std::static_pointer_cast<const Graph>(FromHandle(value, kGraph, name));
}

}  // namespace cohear::node
