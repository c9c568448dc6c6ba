// Asynchronous calls: `work` runs on a libuv thread (which hands its loops to our pool), `result` on the
// JavaScript thread. At most two are in flight per environment, so that file and network work of the
// program, which shares libuv's four threads, never waits behind us.
#pragma once
#include <functional>
#include <memory>

#include "node/environment.h"

namespace cohear::node {

// The promise that an asynchronous call returns. State shared by the two functions should sit in one
// shared_ptr struct that both capture; it is destroyed on the JavaScript thread.
Napi::Value Async(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result);

// Deletes a worker that never began (the environment is closing).
void Drop(Worker* worker);

template <class State>
Napi::Value Async(Napi::Env env, std::shared_ptr<State> state, void (*work)(State&),
                  Napi::Value (*result)(Napi::Env, State&)) {
  return Async(
      env, [state, work] { work(*state); }, [state, result](Napi::Env e) { return result(e, *state); });
}

}  // namespace cohear::node
