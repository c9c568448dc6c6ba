// The argument through which JavaScript follows and stops long work: an Int32Array [cancel, done] over shared
// memory, or undefined.
#pragma once
#include "core/watch.h"
#include "node/arrays.h"

namespace cohear::node {

// Moved with the state of the call; destroyed on the JavaScript thread, like Input.
class WatchInput {
 public:
  WatchInput() = default;
  explicit WatchInput(const Napi::Value& value) {
    if (value.IsUndefined()) return;
    const RawArray raw = ReadArray(value, "watch", napi_int32_array, "Int32Array");
    COHEAR_REQUIRE(raw.shared && raw.length == 2, Code::kDtype,
                   "watch: want an Int32Array of 2 over a SharedArrayBuffer");
    reference_ = Napi::Persistent(value.As<Napi::Object>());
    auto* cells = static_cast<int32_t*>(raw.data);
    watch_ = {cells, cells + 1};
  }
  const Watch& watch() const { return watch_; }

 private:
  Napi::ObjectReference reference_;
  Watch watch_;
};

}  // namespace cohear::node
