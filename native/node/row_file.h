// Handles of rows in files, which several layers read.
#pragma once
#include "node/arrays.h"
#include "node/handle.h"
#include "tensor/row_file.h"

namespace cohear::node {

std::shared_ptr<const RowFile> RowFileOf(const Napi::Value& value, const char* name);

// Vectors that a call reads: an array of floats (Array<float> is View's or Input's kind), or a handle of a
// file.
template <template <class> class Array>
class Vectors {
 public:
  Vectors() = default;
  Vectors(const Napi::Value& value, const char* name) {
    if (value.IsTypedArray() || !value.IsObject())
      array_ = Array<float>(value, name);
    else
      file_ = RowFileOf(value, name);
  }
  SourceTable table() const {
    return file_ ? file_->table() : SourceTable::Floats(std::span<const float>(array_));
  }

 private:
  Array<float> array_;
  std::shared_ptr<const RowFile> file_;
};

}  // namespace cohear::node
