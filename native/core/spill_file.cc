#include "core/spill_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/error.h"

namespace cohear {
namespace {

[[noreturn]] void Fail(const std::string& folder, const char* what) {
  throw Error(Code::kIo,
              "a temporary file in " + folder + " cannot be " + what + ": " + std::strerror(errno));
}

}  // namespace

SpillFile::SpillFile(const std::string& folder) : folder_(folder) {
  std::string name = folder + "/cohear-spill-XXXXXX";
  file_ = mkstemp(name.data());
  if (file_ < 0) Fail(folder_, "made");
  unlink(name.c_str());
}

SpillFile::~SpillFile() {
  if (file_ >= 0) close(file_);
}

void SpillFile::Append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(file_, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) Fail(folder_, "written");
    size_ += static_cast<uint64_t>(wrote);
    bytes = bytes.subspan(static_cast<size_t>(wrote));
  }
}

void SpillFile::CopyTo(OutputFile& out) const {
  std::vector<std::byte> buffer(size_t{1} << 20);
  for (uint64_t at = 0; at < size_;) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size_ - at));
    const ssize_t got = pread(file_, buffer.data(), want, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) Fail(folder_, "read");
    out.Write({buffer.data(), static_cast<size_t>(got)});
    at += static_cast<uint64_t>(got);
  }
}

}  // namespace cohear
