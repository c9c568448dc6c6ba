// What the files of the tensor binding share.
#pragma once
#include "node/arrays.h"
#include "node/layers.h"

namespace cohear::node {

void RegisterSegment(Napi::Env env, Napi::Object exports);
void RegisterRowFile(Napi::Env env, Napi::Object exports);
void RegisterKernels(Napi::Env env, Napi::Object exports);
void RegisterLoss(Napi::Env env, Napi::Object exports);
void RegisterOptimizers(Napi::Env env, Napi::Object exports);

template <class T>
std::span<T> OptionalMutableView(const Napi::Value& value, const char* name) {
  return value.IsNull() ? std::span<T>() : MutableView<T>(value, name);
}

template <class T>
std::span<const T> OptionalView(const Napi::Value& value, const char* name) {
  return OptionalMutableView<T>(value, name);
}

}  // namespace cohear::node
