// Values that are too many to hold: appended to a file that nobody else sees, read back when all are there.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "core/output_file.h"

namespace cohear {

// An unnamed file in `folder`, gone with this object or with the process. Failures are kIo. One thread at a
// time.
class SpillFile {
 public:
  explicit SpillFile(const std::string& folder);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;

  void Append(std::span<const std::byte> bytes);
  uint64_t size() const { return size_; }
  // Everything appended so far, through a small buffer.
  void CopyTo(OutputFile& out) const;

 private:
  const std::string folder_;
  int file_ = -1;
  uint64_t size_ = 0;
};

}  // namespace cohear
