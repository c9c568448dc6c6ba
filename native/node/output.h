// An array of the caller's that an asynchronous call writes: by the worker where it is shared memory, which
// cannot go away, else at the end on the JavaScript thread.
#pragma once
#include <algorithm>

#include "node/arrays.h"

namespace cohear::node {

class Output {
 public:
  Output() = default;
  // `keep`: the call adds to what the array holds.
  Output(const Napi::Value& value, const char* name, bool keep) {
    const RawArray raw = ReadArray(value, name, ArrayType<float>::kId, ArrayType<float>::kName);
    array_ = Napi::Persistent(value.As<Napi::Object>());
    const std::span<float> view{static_cast<float*>(raw.data), raw.length};
    if (raw.shared) {
      span_ = view;
      return;
    }
    copy_.resize(view.size());
    if (keep) std::copy(view.begin(), view.end(), copy_.begin());
    span_ = copy_;
  }

  std::span<float> span() const { return span_; }

  // On the JavaScript thread, when the work is done.
  void Finish() {
    if (copy_.empty()) return;
    const auto view = MutableView<float>(array_.Value(), "out");
    COHEAR_REQUIRE(view.size() == copy_.size(), Code::kValue, "out changed its size while it was awaited");
    std::copy(copy_.begin(), copy_.end(), view.begin());
  }

 private:
  Napi::ObjectReference array_;
  std::vector<float> copy_;
  std::span<float> span_;
};

}  // namespace cohear::node
