// A file in memory without reading it: pages come in when they are touched and are shared between processes.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace cohear {

// Read-only, the whole file, for as long as the object lives. What others write into the file shows through;
// whoever cuts it short makes every touch past its new end a SIGBUS, so files are replaced by renaming, never
// written in place. Mappings start on a page: what is aligned within the file is aligned in memory.
class MappedFile {
 public:
  static std::shared_ptr<const MappedFile> Open(const std::string& path);  // kIo where it cannot be opened
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace cohear
