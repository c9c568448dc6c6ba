// What one JavaScript environment (the main thread, or one worker thread) holds of this addon.
#pragma once
#include <deque>
#include <exception>
#include <map>

#include "node/setup.h"

namespace cohear::node {

class Worker;
struct HandleClass;

struct Environment {
  Napi::FunctionReference error_class;  // CohearError(code, message), given by lib/native at load
  std::map<const HandleClass*, Napi::FunctionReference> classes;  // constructors of handles, see handle.h
  std::deque<Worker*> waiting;  // asynchronous calls not yet begun; touched on the JavaScript thread only
  int running = 0;
  bool closing = false;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

// The JavaScript error for a C++ one: a CohearError with its code.
Napi::Error ToJavaScript(Napi::Env env, std::exception_ptr error);

// Runs body on the JavaScript thread; whatever it throws leaves as a CohearError.
template <class Body>
auto Guard(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw ToJavaScript(env, std::current_exception());
  }
}

}  // namespace cohear::node
