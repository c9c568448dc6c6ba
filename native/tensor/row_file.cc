#include "tensor/row_file.h"

#include <cstring>

#include "core/error.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 64;  // rows

template <class T>
const T* At(const MappedFile& file, const std::string& path, size_t begin, size_t count) {
  const size_t size = file.bytes().size();
  COHEAR_REQUIRE(
      begin <= size && count <= (size - begin) / sizeof(T), Code::kFormat,
      path << ": " << count << " values at byte " << begin << " do not lie in its " << size << " bytes");
  COHEAR_REQUIRE(begin % alignof(T) == 0, Code::kFormat,
                 path << ": values of " << sizeof(T) << " bytes begin at byte " << begin);
  return reinterpret_cast<const T*>(file.bytes().data() + begin);
}

}  // namespace

RowFile::RowFile(const std::string& path, const RowPlace& place)
    : file_(MappedFile::Open(path)),
      rows_(place.rows),
      width_(place.width),
      table_{place.element, nullptr, place.rows * place.width} {
  COHEAR_REQUIRE(width_ > 0 && rows_ <= UINT32_MAX && width_ <= UINT32_MAX, Code::kShape,
                 path << ": " << rows_ << " rows of " << width_ << " numbers are no table");
  switch (place.element) {
    case Element::kFloat32: table_.values = At<float>(*file_, path, place.values, table_.size); break;
    case Element::kFloat16:
    case Element::kBFloat16: table_.values = At<uint16_t>(*file_, path, place.values, table_.size); break;
    case Element::kInt8:
      table_.values = At<int8_t>(*file_, path, place.values, table_.size);
      table_.scales = {At<float>(*file_, path, place.scales, rows_), rows_};
  }
}

void RowFile::Read(std::span<const Row> rows, std::span<float> out) const {
  COHEAR_REQUIRE(out.size() == rows.size() * width_, Code::kShape,
                 "out: room for " << out.size() << " numbers, want " << rows.size() << " rows of " << width_);
  ParallelFor(rows.size(), kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      COHEAR_REQUIRE(rows[i] < rows_, Code::kRange,
                     "row " << rows[i] << " is not in the table, which has " << rows_);
      float* to = out.data() + i * width_;
      const float* from = table_.Row(rows[i], width_, to);
      if (from != to) std::memcpy(to, from, width_ * sizeof(float));
    }
  });
}

void RowFile::ReadFrom(size_t begin, std::span<float> out) const {
  COHEAR_REQUIRE(out.size() % width_ == 0, Code::kShape,
                 "out: " << out.size() << " numbers are no whole number of rows of " << width_);
  const size_t count = out.size() / width_;
  COHEAR_REQUIRE(begin <= rows_ && count <= rows_ - begin, Code::kRange,
                 "rows " << begin << " to " << begin + count << " are not in the table, which has " << rows_);
  ParallelFor(count, kGrain, [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      float* at = out.data() + i * width_;
      const float* row = table_.Row(begin + i, width_, at);
      if (row != at) std::memcpy(at, row, width_ * sizeof(float));
    }
  });
}

}  // namespace cohear
