#include "node/worker.h"

#include <utility>

namespace cohear::node {

class Worker : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result)
      : Napi::AsyncWorker(env), deferred_(env), work_(std::move(work)), result_(std::move(result)) {}

  Napi::Promise promise() { return deferred_.Promise(); }

  static void Start(Environment& environment) {
    while (environment.running < kInFlight && !environment.waiting.empty()) {
      Worker* worker = environment.waiting.front();
      environment.waiting.pop_front();
      ++environment.running;
      worker->Queue();
    }
  }

 protected:
  // libuv thread. The exception is kept whole; SetError only marks the call as failed.
  void Execute() override {
    try {
      work_();
    } catch (...) {
      error_ = std::current_exception();
      SetError("failed");
    }
  }
  // JavaScript thread from here on.
  void OnOK() override {
    Next();
    try {
      deferred_.Resolve(result_(Env()));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (...) {
      deferred_.Reject(ToJavaScript(Env(), std::current_exception()).Value());
    }
  }
  void OnError(const Napi::Error&) override {
    Next();
    deferred_.Reject(ToJavaScript(Env(), error_).Value());
  }

 private:
  static constexpr int kInFlight = 2;

  void Next() {
    auto& environment = Environment::Of(Env());
    --environment.running;
    if (!environment.closing) Start(environment);
  }

  Napi::Promise::Deferred deferred_;
  std::function<void()> work_;
  std::function<Napi::Value(Napi::Env)> result_;
  std::exception_ptr error_;
};

Napi::Value Async(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result) {
  auto& environment = Environment::Of(env);
  auto* worker = new Worker(env, std::move(work), std::move(result));
  auto promise = worker->promise();
  environment.waiting.push_back(worker);
  Worker::Start(environment);
  return promise;
}

void Drop(Worker* worker) { delete worker; }

}  // namespace cohear::node
