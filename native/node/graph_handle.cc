#include "node/graph_handle.h"

#include "core/huge_pages.h"
#include "sampler/links.h"

namespace cohear::node {

static constexpr HandleClass kGraph{"Graph", {0x8c5e1f0b7d2a4936, 0x91b6e3a4c07f58d2}};

const SamplingIndex* HeldGraph::Index(bool weighted, bool timed) const {
  std::call_once(paged_, [this] {
    if (graph_->mapped) return;
    for (const Relation& relation : graph_->relations) {
      UseHugePages(relation.offsets.data(), relation.offsets.size() * sizeof(Offset));
      UseHugePages(relation.indices.data(), relation.indices.size() * sizeof(Row));
      UseHugePages(relation.scores.data(), relation.scores.size() * sizeof(float));
    }
  });
  if (!weighted && !timed) return nullptr;
  std::lock_guard lock(mutex_);
  auto& index = indices_[{weighted, timed}];
  if (!index) {
    index = std::make_unique<SamplingIndex>(*graph_, SamplingIndexOptions{weighted, timed, node_times_});
  }
  return index.get();
}

const PopularityTables* HeldGraph::Popularity(double alpha) const {
  COHEAR_REQUIRE(alpha >= 0, Code::kRange, "alpha is " << alpha << ", want a number of 0 or more");
  std::lock_guard lock(mutex_);
  auto& tables = popularity_[alpha];
  if (!tables) tables = std::make_unique<PopularityTables>(*graph_, alpha);
  return tables.get();
}

std::span<const uint64_t> HeldGraph::Pairs() const {
  std::call_once(counted_, [this] { pairs_ = CountPairs(*graph_); });
  return pairs_;
}

Napi::Value NewGraph(Napi::Env env, std::shared_ptr<const Graph> graph, std::vector<double> node_times) {
  const size_t bytes = BytesOf(*graph) + node_times.size() * sizeof(double);
  return NewHandle(env, kGraph, std::make_shared<HeldGraph>(std::move(graph), std::move(node_times)), bytes);
}

std::shared_ptr<const HeldGraph> HeldGraphOf(const Napi::Value& value, const char* name) {
  return std::static_pointer_cast<const HeldGraph>(FromHandle(value, kGraph, name));
}

std::shared_ptr<const Graph> GraphOf(const Napi::Value& value, const char* name) {
  const auto held = HeldGraphOf(value, name);
  return {held, &held->graph()};
}

}  // namespace cohear::node
