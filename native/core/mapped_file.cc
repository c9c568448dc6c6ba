#include "core/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace cohear {

std::shared_ptr<const MappedFile> MappedFile::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  COHEAR_REQUIRE(file >= 0, Code::kIo, path << " cannot be opened: " << std::strerror(errno));
  struct stat status;
  void* start = MAP_FAILED;
  const bool plain = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const size_t size = plain ? static_cast<size_t>(status.st_size) : 0;
  if (size > 0) start = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  const int why = errno;
  close(file);  // the mapping stays
  COHEAR_REQUIRE(plain, Code::kIo, path << " is no plain file");
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile({}));
  COHEAR_REQUIRE(start != MAP_FAILED, Code::kIo, path << " cannot be mapped: " << std::strerror(why));
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(start), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace cohear
