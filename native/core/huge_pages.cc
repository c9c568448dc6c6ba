#include "core/huge_pages.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace cohear {

void UseHugePages(const void* data, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr uintptr_t kPage = uintptr_t{2} << 20;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, which older headers do not know
  const uintptr_t first = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (first + kPage - 1) / kPage * kPage, end = (first + bytes) / kPage * kPage;
  if (data == nullptr || begin >= end) return;
  void* const place = reinterpret_cast<void*>(begin);
  if (madvise(place, end - begin, MADV_HUGEPAGE) == 0) madvise(place, end - begin, kCollapse);
#else
  (void)data, (void)bytes;
#endif
}

}  // namespace cohear
