// The layers of the binding; each adds its functions to the module's exports.
#pragma once
#include "node/environment.h"

namespace cohear::node {

void RegisterCore(Napi::Env env, Napi::Object exports);
void RegisterGraph(Napi::Env env, Napi::Object exports);
void RegisterGraphBuild(Napi::Env env, Napi::Object exports);  // called by RegisterGraph
void RegisterGraphFile(Napi::Env env, Napi::Object exports);   // called by RegisterGraph
void RegisterSampler(Napi::Env env, Napi::Object exports);
void RegisterRetrieval(Napi::Env env, Napi::Object exports);
void RegisterLinalg(Napi::Env env, Napi::Object exports);
void RegisterTensor(Napi::Env env, Napi::Object exports);
void RegisterText(Napi::Env env, Napi::Object exports);

// Exports `callback` under `name`, guarded: what it throws arrives as a CohearError.
using Callback = Napi::Value (*)(const Napi::CallbackInfo&);
template <Callback callback>
void Export(Napi::Env env, Napi::Object exports, const char* name) {
  // Two layers with one name would silently take each other's calls: the addon then refuses to load.
  if (exports.Has(name)) throw Napi::Error::New(env, std::string("cohear.node exports twice: ") + name);
  exports.Set(name, Napi::Function::New(
                        env,
                        [](const Napi::CallbackInfo& info) {
                          return Guard(info.Env(), [&] { return callback(info); });
                        },
                        name));
}

}  // namespace cohear::node
