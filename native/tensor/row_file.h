// Rows of numbers in a mapped file: read where they lie, larger than memory if they must be, shared between
// processes.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/csr.h"
#include "core/mapped_file.h"
#include "tensor/source_table.h"

namespace cohear {

struct RowPlace {
  Element element;
  size_t rows, width;
  size_t values;      // where they begin in the file, bytes
  size_t scales = 0;  // the same, kInt8 only
};

class RowFile {
 public:
  // Throws kIo where the file cannot be opened, kFormat where the rows do not lie in it or are not aligned.
  RowFile(const std::string& path, const RowPlace& place);

  size_t rows() const { return rows_; }
  size_t width() const { return width_; }
  const SourceTable& table() const { return table_; }

  // out[i] = row rows[i], decoded. Throws kRange for a row that is not there, kShape for another size of out.
  void Read(std::span<const Row> rows, std::span<float> out) const;
  // out = rows begin, begin + 1, ... as many as it has room for.
  void ReadFrom(size_t begin, std::span<float> out) const;

 private:
  std::shared_ptr<const MappedFile> file_;
  size_t rows_, width_;
  SourceTable table_;
};

}  // namespace cohear
