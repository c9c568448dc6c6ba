// Shared by the sampler's binding files.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "node/arrays.h"
#include "node/graph_handle.h"
#include "node/layers.h"
#include "node/worker.h"
#include "sampler/neighbor.h"

namespace cohear::node {

// Each call is three functions over one state: Read on the JavaScript thread, Run anywhere, Result on the
// JavaScript thread. These make of them the function that returns a promise and its synchronous twin.
template <auto Read, auto Run, auto Result>
Napi::Value InBackground(const Napi::CallbackInfo& info) {
  return Async(info.Env(), Read(info), +Run, +Result);
}
template <auto Read, auto Run, auto Result>
Napi::Value AtOnce(const Napi::CallbackInfo& info) {
  auto state = Read(info);
  Run(*state);
  return Result(info.Env(), *state);
}

// A copy even of shared memory: rows are checked once, and must not change after that.
template <class T>
std::vector<T> CopyOf(const Napi::Value& value, const char* name) {
  const auto view = View<T>(value, name);
  return {view.begin(), view.end()};
}

template <class T>
Napi::Value ToArray(Napi::Env env, const RawVector<T>& values) {
  return ToArray(env, std::span<const T>(values));
}

std::vector<std::vector<int32_t>> ReadFanouts(const Napi::Value& value);

// How neighbours are chosen, as JavaScript says it; what that needs is prepared where the work is done.
struct ModesInput {
  bool weighted = false, timed = false, replace = false, disjoint = false, recent = false;
  std::vector<double> before;

  explicit ModesInput(const Napi::Value& value);
  ModesInput() = default;
  SampleModes On(const HeldGraph& graph) const {
    return {graph.Index(weighted, timed), replace, disjoint, before, recent};
  }
};

// Sets nodes, counts and blocks of `out`, and trees where there are any.
void SetBlocks(Napi::Env env, Napi::Object out, const Blocks& blocks);

void RegisterLinks(Napi::Env env, Napi::Object exports);
void RegisterWalks(Napi::Env env, Napi::Object exports);

}  // namespace cohear::node
