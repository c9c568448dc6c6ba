// Large tables that are read at random places spend more time on finding pages than on reading: with 4 KiB
// pages nearly every read misses the address cache. 2 MiB pages make sampling up to half again as fast.
#pragma once
#include <cstddef>

namespace cohear {

// Asks the system to hold [data, data + bytes) in huge pages, as far as they fit inside; now, by moving what
// is there already, where the system can (Linux 6.1). Advice: nothing happens where there are none, or where
// the memory is a mapped file.
void UseHugePages(const void* data, size_t bytes);

}  // namespace cohear
