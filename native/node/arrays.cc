#include "node/arrays.h"

#include <cmath>

namespace cohear::node {
namespace {

const char* Describe(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return "a boolean";
    case napi_number: return "a number";
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a bigint";
    case napi_external: return "an external";
    default: return value.IsArray() ? "a plain array" : "an object";
  }
}

const char* TypeName(napi_typedarray_type type) {
  static constexpr const char* kNames[] = {
      "Int8Array",   "Uint8Array",   "Uint8ClampedArray", "Int16Array",    "Uint16Array",   "Int32Array",
      "Uint32Array", "Float32Array", "Float64Array",      "BigInt64Array", "BigUint64Array"};
  return static_cast<size_t>(type) < std::size(kNames) ? kNames[type] : "another typed array";
}

RawArray ReadAnyArray(const Napi::Value& value, const char* name, const char* want_name) {
  COHEAR_REQUIRE(value.IsTypedArray(), Code::kDtype,
                 name << ": want a " << want_name << ", got " << Describe(value));
  const Napi::Env env = value.Env();
  RawArray raw{};
  napi_value buffer;
  const napi_status status =
      napi_get_typedarray_info(env, value, &raw.type, &raw.length, &raw.data, &buffer, nullptr);
  COHEAR_REQUIRE(status == napi_ok, Code::kInternal, name << ": could not be read");
  bool plain = false, detached = false;
  napi_is_arraybuffer(env, buffer, &plain);
  if (plain) napi_is_detached_arraybuffer(env, buffer, &detached);
  COHEAR_REQUIRE(
      !detached, Code::kValue,
      name << ": its buffer is detached (transferred to another thread?); pass an array that is still here");
  raw.shared = !plain;
  return raw;
}

}  // namespace

RawArray ReadArray(const Napi::Value& value, const char* name, napi_typedarray_type want,
                   const char* want_name) {
  const RawArray raw = ReadAnyArray(value, name, want_name);
  COHEAR_REQUIRE(raw.type == want, Code::kDtype,
                 name << ": want a " << want_name << ", got a " << TypeName(raw.type));
  return raw;
}

Elements ReadElements(const Napi::Value& value, const char* name) {
  const RawArray raw = ReadAnyArray(value, name, "typed array of numbers");
  const bool words =
      raw.type == napi_float32_array || raw.type == napi_int32_array || raw.type == napi_uint32_array;
  COHEAR_REQUIRE(
      words || raw.type == napi_uint8_array, Code::kDtype,
      name << ": want a Float32Array, Int32Array, Uint32Array or Uint8Array, got a " << TypeName(raw.type));
  const size_t size = words ? 4 : 1;
  return {{static_cast<std::byte*>(raw.data), raw.length * size}, size, raw.type};
}

double ReadNumber(const Napi::Value& value, const char* name) {
  COHEAR_REQUIRE(value.IsNumber(), Code::kDtype, name << ": want a number, got " << Describe(value));
  return value.As<Napi::Number>().DoubleValue();
}

uint64_t ReadCount(const Napi::Value& value, const char* name, uint64_t least, uint64_t most) {
  const double number = ReadNumber(value, name);
  COHEAR_REQUIRE(number == std::floor(number) && number >= static_cast<double>(least) &&
                     number <= static_cast<double>(most),
                 Code::kRange,
                 name << ": want a whole number from " << least << " to " << most << ", got " << number);
  return static_cast<uint64_t>(number);
}

uint64_t ReadSeed(const Napi::Value& value, const char* name) {
  if (value.IsBigInt()) {
    bool lossless = false;
    const uint64_t seed = value.As<Napi::BigInt>().Uint64Value(&lossless);
    COHEAR_REQUIRE(lossless, Code::kRange, name << ": want a bigint from 0 to 2^64 - 1");
    return seed;
  }
  return ReadCount(value, name, 0, (uint64_t{1} << 53) - 1);
}

std::string ReadString(const Napi::Value& value, const char* name) {
  COHEAR_REQUIRE(value.IsString(), Code::kDtype, name << ": want a string, got " << Describe(value));
  return value.As<Napi::String>().Utf8Value();
}

bool ReadBoolean(const Napi::Value& value, const char* name) {
  COHEAR_REQUIRE(value.IsBoolean(), Code::kDtype, name << ": want true or false, got " << Describe(value));
  return value.As<Napi::Boolean>().Value();
}

Napi::Object ReadObject(const Napi::Value& value, const char* name) {
  COHEAR_REQUIRE(value.IsObject(), Code::kDtype, name << ": want an object, got " << Describe(value));
  return value.As<Napi::Object>();
}

Napi::Array ReadList(const Napi::Value& value, const char* name) {
  COHEAR_REQUIRE(value.IsArray(), Code::kDtype, name << ": want an array, got " << Describe(value));
  return value.As<Napi::Array>();
}

}  // namespace cohear::node
