#include "node/arrays.h"
#include "node/layers.h"
#include "node/retrieval_scores.h"
#include "node/row_file.h"
#include "node/watch.h"
#include "node/worker.h"
#include "retrieval/rank.h"
#include "retrieval/top_k.h"

namespace cohear::node {
namespace {

// Array<T> is View or Input: the same arguments for a synchronous call and its asynchronous twin.
template <template <class> class Array>
struct Lists {
  Array<Offset> offsets;
  Array<Row> rows;

  void Read(const Napi::Value& value, const char* name) {
    const Napi::Object lists = ReadObject(value, name);
    offsets = Array<Offset>(lists.Get("offsets"), (std::string(name) + ".offsets").c_str());
    rows = Array<Row>(lists.Get("rows"), (std::string(name) + ".rows").c_str());
  }
  CsrView csr() const { return {offsets, rows}; }
};

template <class T>
class Viewed {
 public:
  Viewed() = default;
  Viewed(const Napi::Value& value, const char* name) : span_(View<T>(value, name)) {}
  operator std::span<const T>() const { return span_; }
  std::span<const T> span() const { return span_; }

 private:
  std::span<const T> span_;
};

// ({queries, items, dimensions, k, begin, end, excluded?: {offsets, rows}}, watch?)
template <template <class> class Array>
struct TopKCall {
  Array<float> queries;
  Vectors<Array> items;
  size_t dimensions;
  Lists<Array> excluded;
  TopKOptions options;
  WatchInput watch;
  TopKResult result;

  explicit TopKCall(const Napi::CallbackInfo& info) : watch(info[1]) {
    const Napi::Object from = ReadObject(info[0], "search");
    queries = Array<float>(from.Get("queries"), "queries");
    items = Vectors<Array>(from.Get("items"), "items");
    dimensions = ReadCount(from.Get("dimensions"), "dimensions", 1, UINT32_MAX);
    options.k = ReadCount(from.Get("k"), "k", 1, UINT32_MAX);
    options.begin = static_cast<Row>(ReadCount(from.Get("begin"), "begin", 0, UINT32_MAX));
    options.end = static_cast<Row>(ReadCount(from.Get("end"), "end", 0, UINT32_MAX));
    if (!from.Get("excluded").IsUndefined()) excluded.Read(from.Get("excluded"), "excluded");
  }
  void Run() {
    result = SearchTopK(queries, items.table(), dimensions, excluded.csr(), options, watch.watch());
  }
  Napi::Value Result(Napi::Env env) {
    auto out = Napi::Object::New(env);
    out.Set("k", static_cast<double>(result.k));
    out.Set("rows", ToArray(env, result.rows));
    out.Set("scores", ToArray(env, result.scores));
    out.Set("counts", ToArray(env, result.counts));
    return out;
  }
};

// ({scores, size, excluded: {offsets, rows}, judged: {offsets, rows}, begin, end, candidates?, k})
template <template <class> class Array>
struct RankCall {
  Array<float> scores;
  size_t size;
  Lists<Array> excluded, judged;
  Array<uint8_t> candidates;
  RankOptions options;
  RankResult result;

  explicit RankCall(const Napi::CallbackInfo& info) {
    const Napi::Object from = ReadObject(info[0], "ranking");
    scores = Array<float>(from.Get("scores"), "scores");
    size = ReadCount(from.Get("size"), "size", 0, UINT32_MAX);
    excluded.Read(from.Get("excluded"), "excluded");
    judged.Read(from.Get("judged"), "judged");
    if (!from.Get("candidates").IsUndefined()) {
      candidates = Array<uint8_t>(from.Get("candidates"), "candidates");
      COHEAR_REQUIRE(
          candidates.span().size() == size, Code::kShape,
          "candidates: " << candidates.span().size() << " values, want one per item (" << size << ")");
    }
    options.k = ReadCount(from.Get("k"), "k", 1, UINT32_MAX);
    options.begin = static_cast<Row>(ReadCount(from.Get("begin"), "begin", 0, UINT32_MAX));
    options.end = static_cast<Row>(ReadCount(from.Get("end"), "end", 0, UINT32_MAX));
  }
  void Run() {
    options.candidates = candidates;
    result = RankJudged(scores, size, excluded.csr(), judged.csr(), options);
  }
  Napi::Value Result(Napi::Env env) {
    auto out = Napi::Object::New(env);
    out.Set("ranks", ToArray(env, result.ranks));
    out.Set("top", ToArray(env, result.top));
    out.Set("counts", ToArray(env, result.counts));
    return out;
  }
};

template <template <template <class> class> class Call>
Napi::Value Sync(const Napi::CallbackInfo& info) {
  Call<Viewed> call(info);
  call.Run();
  return call.Result(info.Env());
}

template <template <template <class> class> class Call>
Napi::Value Promised(const Napi::CallbackInfo& info) {
  using State = Call<Input>;
  return Async<State>(
      info.Env(), std::make_shared<State>(info), [](State& s) { s.Run(); },
      [](Napi::Env env, State& s) { return s.Result(env); });
}

}  // namespace

void RegisterRetrieval(Napi::Env env, Napi::Object exports) {
  Export<Promised<TopKCall>>(env, exports, "topK");
  Export<Sync<TopKCall>>(env, exports, "topKSync");
  Export<Promised<RankCall>>(env, exports, "rankJudged");
  Export<Sync<RankCall>>(env, exports, "rankJudgedSync");
  RegisterRetrievalScores(env, exports);
}

}  // namespace cohear::node
