#include "node/arrays.h"
#include "node/handle.h"
#include "node/layers.h"
#include "node/output.h"
#include "node/worker.h"
#include "text/static_encoder.h"

namespace cohear::node {
namespace {

constexpr HandleClass kTable{"StaticTable", {0x3f7a90c25be1d648, 0xa4d2076c918e35fb}};

std::shared_ptr<const StaticTable> TableOf(const Napi::Value& value) {
  return std::static_pointer_cast<const StaticTable>(FromHandle(value, kTable, "table"));
}

template <template <class> class Array>
struct Texts {
  Array<uint8_t> bytes;
  Array<Offset> offsets;
  Texts() = default;
  Texts(const Napi::Value& value, const std::string& name) {
    const Napi::Object packed = ReadObject(value, name.c_str());
    bytes = Array<uint8_t>(packed.Get("bytes"), (name + ".bytes").c_str());
    offsets = Array<Offset>(packed.Get("offsets"), (name + ".offsets").c_str());
  }
  PackedTexts packed() const { return {bytes.span(), offsets.span()}; }
};

// ({vocabulary, rows, scales, dimension}) -> StaticTable
Napi::Value CreateStaticTable(const Napi::CallbackInfo& info) {
  const Napi::Object parts = ReadObject(info[0], "parts");
  const auto vocabulary = View<uint8_t>(parts.Get("vocabulary"), "vocabulary");
  const auto rows = View<int8_t>(parts.Get("rows"), "rows");
  const auto scales = View<float>(parts.Get("scales"), "scales");
  auto table = std::make_shared<StaticTable>(
      std::string_view(reinterpret_cast<const char*>(vocabulary.data()), vocabulary.size()),
      std::vector<int8_t>(rows.begin(), rows.end()), std::vector<float>(scales.begin(), scales.end()),
      ReadCount(parts.Get("dimension"), "dimension", 1, 65536));
  const size_t bytes = table->bytes();
  return NewHandle(info.Env(), kTable, std::move(table), bytes);
}

// (table, {bytes, offsets}) -> {offsets, ids}
Napi::Value WordPieceIds(const Napi::CallbackInfo& info) {
  const auto table = TableOf(info[0]);
  const Napi::Object packed = ReadObject(info[1], "texts");
  const TokenLists lists =
      TokenizeTexts(table->tokens, {View<uint8_t>(packed.Get("bytes"), "texts.bytes"),
                                    View<Offset>(packed.Get("offsets"), "texts.offsets")});
  auto out = Napi::Object::New(info.Env());
  out.Set("offsets", ToArray(info.Env(), lists.offsets));
  out.Set("ids", ToArray(info.Env(), lists.ids));
  return out;
}

// ({table?, texts?, words?, hashed, seed, out}) -> Promise<void>
Napi::Value EncodeTextsAsync(const Napi::CallbackInfo& info) {
  struct State {
    std::shared_ptr<const StaticTable> table;
    Texts<Input> texts, words;
    size_t hashed;
    uint32_t seed;
    Output out;
  };
  const Napi::Object plan = ReadObject(info[0], "plan");
  auto state = std::make_shared<State>();
  if (!plan.Get("table").IsUndefined()) {
    state->table = TableOf(plan.Get("table"));
    state->texts = {plan.Get("texts"), "texts"};
  }
  state->hashed = ReadCount(plan.Get("hashed"), "hashed", 0, 65536);
  state->seed = static_cast<uint32_t>(ReadCount(plan.Get("seed"), "seed", 0, UINT32_MAX));
  if (state->hashed > 0) state->words = {plan.Get("words"), "words"};
  state->out = Output(plan.Get("out"), "out", false);
  return Async<State>(
      info.Env(), state,
      [](State& s) {
        EncodeTexts({s.table.get(), s.texts.packed(), s.hashed, s.seed, s.words.packed()}, s.out.span());
      },
      [](Napi::Env env, State& s) {
        s.out.Finish();
        return env.Undefined();
      });
}

}  // namespace

void RegisterText(Napi::Env env, Napi::Object exports) {
  Export<CreateStaticTable>(env, exports, "createStaticTable");
  Export<WordPieceIds>(env, exports, "wordPieceIds");
  Export<EncodeTextsAsync>(env, exports, "encodeTexts");
}

}  // namespace cohear::node
