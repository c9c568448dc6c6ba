#include "core/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/error.h"

namespace cohear {
namespace {

// Two writers of one path in one process need two temporary names.
std::string TemporaryName(const std::string& path) {
  static std::atomic<uint64_t> writes{0};
  return path + "." + std::to_string(getpid()) + ".native" + std::to_string(writes++) + ".tmp";
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path), temporary_(TemporaryName(path)) {
  file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) Fail("made");
}

OutputFile::~OutputFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(temporary_.c_str());
}

void OutputFile::Write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(file_, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) Fail("written");
    bytes = bytes.subspan(static_cast<size_t>(wrote));
  }
}

void OutputFile::Commit() {
  if (fsync(file_) != 0) Fail("synced");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) Fail("renamed");
  close(file_);
  file_ = -1;
  const size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int directory = open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (directory < 0) return;
  fsync(directory);  // some file systems cannot sync a folder
  close(directory);
}

void OutputFile::Fail(const char* what) const {
  throw Error(Code::kIo, path_ + " cannot be " + what + ": " + std::strerror(errno));
}

}  // namespace cohear
