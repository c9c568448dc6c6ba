// The JavaScript class Graph: a handle of a native item graph that any number of calls may read at once.
#pragma once
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "node/handle.h"
#include "sampler/negatives.h"
#include "sampler/sampling_index.h"

namespace cohear::node {

// What a handle holds: the graph, and what the sampler prepares of it, made when it is first asked for.
class HeldGraph {
 public:
  explicit HeldGraph(std::shared_ptr<const Graph> graph, std::vector<double> node_times = {})
      : graph_(std::move(graph)), node_times_(std::move(node_times)) {}

  const Graph& graph() const { return *graph_; }
  // When each node came to be; empty where nobody said.
  const std::vector<double>& node_times() const { return node_times_; }
  // Null where the graph's own lists will do. From any thread; others who ask for one wait meanwhile.
  const SamplingIndex* Index(bool weighted, bool timed) const;
  const PopularityTables* Popularity(double alpha) const;
  // As CountPairs gives them.
  std::span<const uint64_t> Pairs() const;

 private:
  std::shared_ptr<const Graph> graph_;
  std::vector<double> node_times_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<bool, bool>, std::unique_ptr<const SamplingIndex>> indices_;
  mutable std::map<double, std::unique_ptr<const PopularityTables>> popularity_;
  mutable std::vector<uint64_t> pairs_;
  mutable std::once_flag paged_, counted_;
};

Napi::Value NewGraph(Napi::Env env, std::shared_ptr<const Graph> graph, std::vector<double> node_times = {});

// Throws ERR_DTYPE unless `value` is a Graph handle, ERR_CLOSED if it was closed. `name` is the argument's.
std::shared_ptr<const HeldGraph> HeldGraphOf(const Napi::Value& value, const char* name);
std::shared_ptr<const Graph> GraphOf(const Napi::Value& value, const char* name);

}  // namespace cohear::node
