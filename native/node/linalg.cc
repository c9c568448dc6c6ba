#include "linalg/als.h"
#include "linalg/bpr.h"
#include "linalg/ease.h"
#include "linalg/spectrum.h"
#include "node/handle.h"
#include "node/layers.h"
#include "node/output.h"
#include "node/watch.h"
#include "node/worker.h"

namespace cohear::node {
namespace {

constexpr HandleClass kInteractions{"Interactions", {0x6c1f3ad27b9e4c05, 0x9ad0e4b85c317f62}};
constexpr HandleClass kEase{"Ease", {0x2b84c6f10d5a47e9, 0x87f3a1c96e20bd54}};

template <class T>
std::shared_ptr<const T> Held(const Napi::Value& value, const HandleClass& kind, const char* name) {
  return std::static_pointer_cast<const T>(FromHandle(value, kind, name));
}

// ({offsets, indices, items}) -> Interactions
Napi::Value CreateInteractions(const Napi::CallbackInfo& info) {
  const Napi::Object from = ReadObject(info[0], "interactions");
  const CsrView rows{View<Offset>(from.Get("offsets"), "offsets"), View<Row>(from.Get("indices"), "indices")};
  auto made =
      std::make_shared<const Interactions>(rows, ReadCount(from.Get("items"), "items", 0, UINT32_MAX - 1));
  const size_t bytes = made->bytes();
  return NewHandle(info.Env(), kInteractions, std::move(made), bytes);
}

template <class Options, class Made>
struct Learning {
  std::shared_ptr<const Interactions> x;
  Options options;
  WatchInput watch;
  Made made;
};

float ReadFloat(const Napi::Object& from, const char* name) {
  return static_cast<float>(ReadNumber(from.Get(name), name));
}
size_t ReadSize(const Napi::Object& from, const char* name, uint64_t least) {
  return ReadCount(from.Get(name), name, least, UINT32_MAX);
}

Napi::Value FactorsOf(Napi::Env env, const Factors& factors) {
  auto out = Napi::Object::New(env);
  out.Set("users", ToArray(env, factors.users));
  out.Set("items", ToArray(env, factors.items));
  return out;
}

// (interactions, {factors, regularization, confidence, iterations, steps, seed}, watch?) -> Promise<Factors>
Napi::Value RunAls(const Napi::CallbackInfo& info) {
  using State = Learning<AlsOptions, Factors>;
  const Napi::Object from = ReadObject(info[1], "options");
  auto state = std::make_shared<State>();
  state->x = Held<Interactions>(info[0], kInteractions, "interactions");
  state->options = {.factors = ReadSize(from, "factors", 1),
                    .regularization = ReadFloat(from, "regularization"),
                    .confidence = ReadFloat(from, "confidence"),
                    .iterations = ReadSize(from, "iterations", 0),
                    .steps = ReadSize(from, "steps", 1),
                    .seed = ReadSeed(from.Get("seed"), "seed")};
  state->watch = WatchInput(info[2]);
  return Async<State>(
      info.Env(), state, [](State& s) { s.made = Als(*s.x, s.options, s.watch.watch()); },
      [](Napi::Env env, State& s) { return FactorsOf(env, s.made); });
}

// (interactions, {factors, learningRate, regularization, epochs, batch, seed}, watch?) -> Promise<Factors>
Napi::Value RunBpr(const Napi::CallbackInfo& info) {
  using State = Learning<BprOptions, Factors>;
  const Napi::Object from = ReadObject(info[1], "options");
  auto state = std::make_shared<State>();
  state->x = Held<Interactions>(info[0], kInteractions, "interactions");
  state->options = {.factors = ReadSize(from, "factors", 1),
                    .learning_rate = ReadFloat(from, "learningRate"),
                    .regularization = ReadFloat(from, "regularization"),
                    .epochs = ReadSize(from, "epochs", 0),
                    .batch = ReadSize(from, "batch", 1),
                    .seed = ReadSeed(from.Get("seed"), "seed")};
  state->watch = WatchInput(info[2]);
  return Async<State>(
      info.Env(), state, [](State& s) { s.made = Bpr(*s.x, s.options, s.watch.watch()); },
      [](Napi::Env env, State& s) { return FactorsOf(env, s.made); });
}

// (interactions, {rank, oversample, sweeps, seed}, watch?) -> Promise<{rank, values, directions}>
Napi::Value RunSpectrum(const Napi::CallbackInfo& info) {
  using State = Learning<SpectrumOptions, Spectrum>;
  const Napi::Object from = ReadObject(info[1], "options");
  auto state = std::make_shared<State>();
  state->x = Held<Interactions>(info[0], kInteractions, "interactions");
  state->options = {.rank = ReadSize(from, "rank", 1),
                    .oversample = ReadSize(from, "oversample", 0),
                    .sweeps = ReadSize(from, "sweeps", 0),
                    .seed = ReadSeed(from.Get("seed"), "seed")};
  state->watch = WatchInput(info[2]);
  return Async<State>(
      info.Env(), state, [](State& s) { s.made = TopSpectrum(*s.x, s.options, s.watch.watch()); },
      [](Napi::Env env, State& s) -> Napi::Value {
        auto out = Napi::Object::New(env);
        out.Set("rank", static_cast<double>(s.made.rank));
        out.Set("values", ToArray(env, s.made.values));
        out.Set("directions", ToArray(env, s.made.directions));
        return out;
      });
}

struct EaseOptions {
  float l2;
  size_t max_bytes;
};

// (interactions, {l2, maxBytes}, watch?) -> Promise<Ease>
Napi::Value CreateEase(const Napi::CallbackInfo& info) {
  using State = Learning<EaseOptions, std::shared_ptr<const Ease>>;
  const Napi::Object from = ReadObject(info[1], "options");
  auto state = std::make_shared<State>();
  state->x = Held<Interactions>(info[0], kInteractions, "interactions");
  state->options = {ReadFloat(from, "l2"), ReadCount(from.Get("maxBytes"), "maxBytes", 0, uint64_t{1} << 50)};
  state->watch = WatchInput(info[2]);
  return Async<State>(
      info.Env(), state,
      [](State& s) {
        s.made = std::make_shared<const Ease>(s.x, s.options.l2, s.options.max_bytes, s.watch.watch());
      },
      [](Napi::Env env, State& s) { return NewHandle(env, kEase, s.made, s.made->bytes()); });
}

struct Scoring {
  std::shared_ptr<const Interactions> x;
  std::shared_ptr<const Ease> ease;
  Input<Row> users;
  Output out;
};
Napi::Value Scored(Napi::Env env, Scoring& s) {
  s.out.Finish();
  return env.Undefined();
}

// (ease, users, out) -> Promise<void>
Napi::Value EaseScores(const Napi::CallbackInfo& info) {
  auto state = std::make_shared<Scoring>();
  state->ease = Held<Ease>(info[0], kEase, "ease");
  state->users = Input<Row>(info[1], "users");
  state->out = Output(info[2], "out", false);
  return Async<Scoring>(
      info.Env(), state, [](Scoring& s) { s.ease->Score(s.users, s.out.span()); }, Scored);
}

// (interactions, users, out): out is added to -> Promise<void>
Napi::Value LinearFilter(const Napi::CallbackInfo& info) {
  auto state = std::make_shared<Scoring>();
  state->x = Held<Interactions>(info[0], kInteractions, "interactions");
  state->users = Input<Row>(info[1], "users");
  state->out = Output(info[2], "out", true);
  return Async<Scoring>(
      info.Env(), state, [](Scoring& s) { AddLinearFilter(*s.x, s.users, s.out.span()); }, Scored);
}

}  // namespace

void RegisterLinalg(Napi::Env env, Napi::Object exports) {
  Export<CreateInteractions>(env, exports, "createInteractions");
  Export<RunAls>(env, exports, "als");
  Export<RunBpr>(env, exports, "bpr");
  Export<RunSpectrum>(env, exports, "topSpectrum");
  Export<CreateEase>(env, exports, "createEase");
  Export<EaseScores>(env, exports, "easeScores");
  Export<LinearFilter>(env, exports, "addLinearFilter");
}

}  // namespace cohear::node
