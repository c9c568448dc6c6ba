// The JavaScript class Graph: a handle of a native item graph that any number of calls may read at once.
#pragma once
#include "graph/graph.h"
#include "node/handle.h"

namespace cohear::node {

Napi::Value NewGraph(Napi::Env env, std::shared_ptr<const Graph> graph);

// Throws ERR_DTYPE unless `value` is a Graph handle, ERR_CLOSED if it was closed. `name` is the argument's.
std::shared_ptr<const Graph> GraphOf(const Napi::Value& value, const char* name);

}  // namespace cohear::node
