// Handles: JavaScript objects that hold something native. The object's type tag is checked before every
// unwrap, so a foreign object, a handle of another class or a borrowed method is ERR_DTYPE and never a crash.
#pragma once
#include <memory>

#include "node/environment.h"

namespace cohear::node {

// One per kind of handle, with static storage: its address is its name.
struct HandleClass {
  const char* name;   // of the JavaScript class
  napi_type_tag tag;  // random, different for every class
};

// A new handle, with close() (may be called twice) and `closed`. `bytes` is what JavaScript's garbage
// collector should count for it.
Napi::Value NewHandle(Napi::Env env, const HandleClass& kind, std::shared_ptr<const void> value,
                      size_t bytes);

// What a handle holds; shared, so that work begun before close() ends well.
// Throws ERR_DTYPE for anything that is not such a handle, ERR_CLOSED after close().
std::shared_ptr<const void> FromHandle(const Napi::Value& value, const HandleClass& kind, const char* name);

}  // namespace cohear::node
