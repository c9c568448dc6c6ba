#include "node/row_file.h"

#include "node/tensor.h"
#include "tensor/segment.h"

namespace cohear::node {

static constexpr HandleClass kRows{"RowFile", {0x5b0de7c14fa29836, 0xc81f4a6d93e27b05}};

std::shared_ptr<const RowFile> RowFileOf(const Napi::Value& value, const char* name) {
  return std::static_pointer_cast<const RowFile>(FromHandle(value, kRows, name));
}

namespace {

constexpr uint64_t kMost = uint64_t{1} << 52;

// (path, {element, rows, width, values, scales}) -> RowFile
Napi::Value OpenRows(const Napi::CallbackInfo& info) {
  const Napi::Object place = ReadObject(info[1], "place");
  const auto count = [&](const char* name, uint64_t most) {
    return ReadCount(place.Get(name), name, 0, most);
  };
  auto rows = std::make_shared<RowFile>(
      ReadString(info[0], "path"),
      RowPlace{static_cast<Element>(count("element", 3)), count("rows", UINT32_MAX),
               count("width", UINT32_MAX), count("values", kMost), count("scales", kMost)});
  return NewHandle(info.Env(), kRows, std::move(rows), 0);  // pages of a file, which come and go
}

// (file, rows, out)
Napi::Value ReadRows(const Napi::CallbackInfo& info) {
  RowFileOf(info[0], "file")->Read(View<Row>(info[1], "rows"), MutableView<float>(info[2], "out"));
  return info.Env().Undefined();
}

// (file, begin, out)
Napi::Value ReadRowsFrom(const Napi::CallbackInfo& info) {
  RowFileOf(info[0], "file")
      ->ReadFrom(ReadCount(info[1], "begin", 0, UINT32_MAX), MutableView<float>(info[2], "out"));
  return info.Env().Undefined();
}

// (offsets, indices, file, mode, weights | null, out)
Napi::Value AggregatedRows(const Napi::CallbackInfo& info) {
  const auto file = RowFileOf(info[2], "file");
  GatherAggregate({View<Offset>(info[0], "offsets"), View<Row>(info[1], "indices")}, file->table(),
                  file->rows(), file->width(), static_cast<Aggregate>(ReadCount(info[3], "mode", 0, 2)),
                  OptionalView<float>(info[4], "weights"), MutableView<float>(info[5], "out"), {});
  return info.Env().Undefined();
}

}  // namespace

void RegisterRowFile(Napi::Env env, Napi::Object exports) {
  Export<OpenRows>(env, exports, "openRows");
  Export<ReadRows>(env, exports, "readRows");
  Export<ReadRowsFrom>(env, exports, "readRowsFrom");
  Export<AggregatedRows>(env, exports, "gatherAggregateRows");
}

}  // namespace cohear::node
