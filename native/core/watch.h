// How long work is followed and stopped from another thread. Both counters live in memory that the caller
// shares with it; either may be missing.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/error.h"

namespace cohear {

struct Watch {
  int32_t* cancel = nullptr;  // set to anything but 0 by whoever wants the work to stop
  int32_t* done = nullptr;    // steps done so far, counted here

  // Called by the work, on any thread, after `steps` more steps. Throws ERR_CANCELLED where it should stop.
  void Step(size_t steps) const {
    if (done)
      std::atomic_ref<int32_t>(*done).fetch_add(static_cast<int32_t>(steps), std::memory_order_relaxed);
    COHEAR_REQUIRE(!cancel || std::atomic_ref<int32_t>(*cancel).load(std::memory_order_relaxed) == 0,
                   Code::kCancelled, "stopped on request");
  }
};

}  // namespace cohear
