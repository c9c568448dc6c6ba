// How arrays cross the boundary. node-addon-api does not check element types: everything is checked here.
//   View<T>     a look at a typed array during a synchronous call
//   Input<T>    an array that an asynchronous call may keep: shared memory is referenced, anything else
//   copied ToArray     a native vector as a new typed array
#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "node/setup.h"

namespace cohear::node {

template <class T>
struct ArrayType;
#define COHEAR_ARRAY_TYPE(T, id, js)                \
  template <>                                       \
  struct ArrayType<T> {                             \
    static constexpr napi_typedarray_type kId = id; \
    static constexpr const char* kName = js;        \
  }
COHEAR_ARRAY_TYPE(int8_t, napi_int8_array, "Int8Array");
COHEAR_ARRAY_TYPE(uint8_t, napi_uint8_array, "Uint8Array");
COHEAR_ARRAY_TYPE(uint16_t, napi_uint16_array, "Uint16Array");
COHEAR_ARRAY_TYPE(int32_t, napi_int32_array, "Int32Array");
COHEAR_ARRAY_TYPE(uint32_t, napi_uint32_array, "Uint32Array");
COHEAR_ARRAY_TYPE(float, napi_float32_array, "Float32Array");
COHEAR_ARRAY_TYPE(double, napi_float64_array, "Float64Array");
COHEAR_ARRAY_TYPE(int64_t, napi_bigint64_array, "BigInt64Array");
COHEAR_ARRAY_TYPE(uint64_t, napi_biguint64_array, "BigUint64Array");
#undef COHEAR_ARRAY_TYPE

struct RawArray {
  napi_typedarray_type type;
  size_t length;
  void* data;   // byteOffset already added
  bool shared;  // over a SharedArrayBuffer: cannot be detached or shrunk
};

// Throws ERR_DTYPE unless `value` is a typed array of type `want`, ERR_VALUE if its buffer is detached.
RawArray ReadArray(const Napi::Value& value, const char* name, napi_typedarray_type want,
                   const char* want_name);

template <class T>
std::span<T> MutableView(const Napi::Value& value, const char* name) {
  const RawArray raw = ReadArray(value, name, ArrayType<T>::kId, ArrayType<T>::kName);
  return {static_cast<T*>(raw.data), raw.length};
}

template <class T>
std::span<const T> View(const Napi::Value& value, const char* name) {
  return MutableView<T>(value, name);
}

// The bytes of a Float32Array, Int32Array, Uint32Array or Uint8Array, for what only moves elements.
struct Elements {
  std::span<std::byte> bytes;
  size_t size;  // of an element, in bytes
  napi_typedarray_type type;
};
Elements ReadElements(const Napi::Value& value, const char* name);

template <class T>
class Input {
 public:
  Input() = default;
  Input(const Napi::Value& value, const char* name) {
    const RawArray raw = ReadArray(value, name, ArrayType<T>::kId, ArrayType<T>::kName);
    const std::span<const T> view{static_cast<const T*>(raw.data), raw.length};
    if (raw.shared) {
      reference_ = Napi::Persistent(value.As<Napi::Object>());
      span_ = view;
    } else {
      copy_.assign(view.begin(), view.end());
      span_ = copy_;
    }
  }
  // Moved, never copied; destroyed on the JavaScript thread only (it may hold a reference).
  Input(Input&& other) noexcept { *this = std::move(other); }
  Input& operator=(Input&& other) noexcept {
    const bool shared = !other.reference_.IsEmpty();
    copy_ = std::move(other.copy_);
    reference_ = std::move(other.reference_);
    span_ = shared ? other.span_ : std::span<const T>(copy_);
    return *this;
  }

  std::span<const T> span() const { return span_; }
  operator std::span<const T>() const { return span_; }
  size_t size() const { return span_.size(); }

 private:
  std::vector<T> copy_;
  Napi::ObjectReference reference_;
  std::span<const T> span_;
};

template <class T>
Napi::Value ToArray(Napi::Env env, std::span<const T> values) {
  auto buffer = Napi::ArrayBuffer::New(env, values.size_bytes());
  if (!values.empty()) std::memcpy(buffer.Data(), values.data(), values.size_bytes());
  return Napi::TypedArrayOf<T>::New(env, values.size(), buffer, 0, ArrayType<T>::kId);
}
template <class T>
Napi::Value ToArray(Napi::Env env, const std::vector<T>& values) {
  return ToArray(env, std::span<const T>(values));
}

// Whole numbers and options, read with a message that names them.
double ReadNumber(const Napi::Value& value, const char* name);
uint64_t ReadCount(const Napi::Value& value, const char* name, uint64_t least, uint64_t most);
uint64_t ReadSeed(const Napi::Value& value, const char* name);  // a number or a bigint
std::string ReadString(const Napi::Value& value, const char* name);
bool ReadBoolean(const Napi::Value& value, const char* name);
Napi::Object ReadObject(const Napi::Value& value, const char* name);
Napi::Array ReadList(const Napi::Value& value, const char* name);

}  // namespace cohear::node
