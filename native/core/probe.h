// What this machine can do at most, measured: the figures that benchmarks are held against. Tables lie in
// huge pages where there are any: finding 4 KiB pages costs a third of the rate.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cohear {

struct ProbeOptions {
  size_t bytes = size_t{256} << 20;  // of the table that is read; should be well above the last-level cache
  uint32_t passes = 3;               // the best pass counts
};

// Bytes per second of reading a table once from end to end on all threads of the pool, as STREAM does.
double ReadBandwidth(const ProbeOptions& options);

// 4-byte reads per second at random places of the table on all threads of the pool, each read asked for well
// ahead: what a sampler could reach if it did nothing but look neighbours up.
double RandomReads(const ProbeOptions& options);

}  // namespace cohear
