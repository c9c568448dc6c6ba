#include "node/handle.h"

#include "core/error.h"

namespace cohear::node {
namespace {

// Freed on the JavaScript thread: by close(), or by the finalizer (garbage collection, end of environment).
struct Holder {
  std::shared_ptr<const void> value;
  int64_t bytes;

  void Release(node_api_basic_env env) {
    if (!value) return;
    value.reset();
    int64_t total;
    napi_adjust_external_memory(env, -bytes, &total);
  }
};

Holder& HolderOf(const Napi::Value& value, const HandleClass& kind, const char* name) {
  bool tagged = false;
  if (value.IsObject()) napi_check_object_type_tag(value.Env(), value, &kind.tag, &tagged);
  COHEAR_REQUIRE(tagged, Code::kDtype, name << ": want a " << kind.name << " handle made by cohear");
  void* holder = nullptr;
  COHEAR_ASSERT(napi_unwrap(value.Env(), value, &holder) == napi_ok && holder,
                "a tagged handle that wraps nothing");
  return *static_cast<Holder*>(holder);
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&] {
    HolderOf(info.This(), *static_cast<const HandleClass*>(info.Data()), "this").Release(info.Env());
    return info.Env().Undefined();
  });
}

Napi::Value Closed(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    const auto& holder = HolderOf(info.This(), *static_cast<const HandleClass*>(info.Data()), "this");
    return Napi::Boolean::New(info.Env(), holder.value == nullptr);
  });
}

// The constructor does nothing: only NewHandle tags an object, so `new handle.constructor()` makes an object
// that no function takes.
napi_value Construct(napi_env env, napi_callback_info info) {
  napi_value self = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
  return self;
}

Napi::Function ClassOf(Napi::Env env, const HandleClass& kind) {
  auto& reference = Environment::Of(env).classes[&kind];
  if (reference.IsEmpty()) {
    napi_value made = nullptr;
    COHEAR_ASSERT(
        napi_define_class(env, kind.name, NAPI_AUTO_LENGTH, Construct, nullptr, 0, nullptr, &made) == napi_ok,
        "a class could not be made");
    const Napi::Function constructor(env, made);
    auto prototype = constructor.Get("prototype").As<Napi::Object>();
    void* data = const_cast<HandleClass*>(&kind);
    prototype.Set("close", Napi::Function::New(env, Close, "close", data));
    prototype.DefineProperty(Napi::PropertyDescriptor::Accessor<Closed>("closed", napi_enumerable, data));
    reference = Napi::Persistent(constructor);
  }
  return reference.Value();
}

}  // namespace

Napi::Value NewHandle(Napi::Env env, const HandleClass& kind, std::shared_ptr<const void> value,
                      size_t bytes) {
  const Napi::Object object = ClassOf(env, kind).New({});
  auto holder = std::make_unique<Holder>(Holder{std::move(value), static_cast<int64_t>(bytes)});
  const auto finalize = [](node_api_basic_env e, void* data, void*) {
    std::unique_ptr<Holder> owned(static_cast<Holder*>(data));
    owned->Release(e);
  };
  COHEAR_ASSERT(napi_wrap(env, object, holder.get(), finalize, nullptr, nullptr) == napi_ok,
                "wrapping failed");
  Holder* held = holder.release();  // the finalizer's from here on
  int64_t total;
  napi_adjust_external_memory(env, held->bytes, &total);
  COHEAR_ASSERT(napi_type_tag_object(env, object, &kind.tag) == napi_ok, "tagging failed");
  return object;
}

std::shared_ptr<const void> FromHandle(const Napi::Value& value, const HandleClass& kind, const char* name) {
  const Holder& holder = HolderOf(value, kind, name);
  COHEAR_REQUIRE(holder.value, Code::kClosed,
                 name << ": this " << kind.name << " was closed; open or build it again");
  return holder.value;
}

}  // namespace cohear::node
