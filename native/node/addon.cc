// The module: one Environment per JavaScript environment, one Register function per layer.
#include "core/error.h"
#include "node/layers.h"
#include "node/worker.h"

namespace cohear::node {

Napi::Error ToJavaScript(Napi::Env env, std::exception_ptr error) {
  std::string code = "ERR_INTERNAL", message = "unknown error";
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    code = CodeName(e.code());
    message = e.what();
  } catch (const std::bad_alloc&) {
    code = "ERR_MEMORY";
    message = "out of memory; use a smaller batch or a machine with more";
  } catch (const std::exception& e) {
    message = e.what();
  } catch (...) {
  }
  auto& environment = Environment::Of(env);
  if (environment.error_class.IsEmpty()) {
    auto plain = Napi::Error::New(env, message);
    plain.Set("code", Napi::String::New(env, code));
    return plain;
  }
  auto value =
      environment.error_class.Value().New({Napi::String::New(env, code), Napi::String::New(env, message)});
  return Napi::Error(env, value);
}

namespace {

Napi::Value SetErrorClass(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).error_class = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment;
  env.SetInstanceData(environment);  // deleted with the environment
  env.AddCleanupHook(
      [](Environment* e) {
        e->closing = true;
        for (Worker* worker : e->waiting) Drop(worker);
        e->waiting.clear();
        e->error_class.Reset();
        e->classes.clear();
      },
      environment);
  exports.Set("setErrorClass", Napi::Function::New(env, SetErrorClass));
  RegisterCore(env, exports);
  RegisterGraph(env, exports);
  RegisterSampler(env, exports);
  RegisterRetrieval(env, exports);
  RegisterLinalg(env, exports);
  RegisterTensor(env, exports);
  RegisterText(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(cohear, Init)

}  // namespace cohear::node
