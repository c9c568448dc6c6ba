// A file that is there whole or not at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cohear {

// Written under a temporary name beside `path`; Commit() syncs it and renames it over whatever was there,
// and without Commit() the destructor removes it. Failures are kIo. One thread at a time.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;

  void Write(std::span<const std::byte> bytes);
  void Commit();

 private:
  [[noreturn]] void Fail(const char* what) const;
  const std::string path_, temporary_;
  int file_ = -1;
};

}  // namespace cohear
