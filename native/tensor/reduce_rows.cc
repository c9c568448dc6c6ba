#include "tensor/reduce_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/simd.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// Vectors wider than the baseline's are only passed to functions that are inlined.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace cohear {
namespace {

constexpr size_t kLine = 64;  // bytes that memory is fetched in

template <class T, class From>
COHEAR_INLINE T Read(const From* from) {
  T lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

COHEAR_INLINE void Fetch(const void* from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(static_cast<const char*>(from) + i, 0, 3);
}

// A table read a vector at a time. Lanes(e, row, i) are elements [i, i + kLanes) of a row, One a single one.
template <size_t kBytes>
struct FloatRows {
  using Floats = typename Vectors<kBytes>::Floats;
  const float* values;
  size_t width;
  explicit FloatRows(const ReduceJob& job)
      : values(static_cast<const float*>(job.table.values)), width(job.width) {}
  COHEAR_INLINE Floats Lanes(size_t, size_t row, size_t i) const {
    return Read<Floats>(values + row * width + i);
  }
  COHEAR_INLINE float One(size_t, size_t row, size_t i) const { return values[row * width + i]; }
  COHEAR_INLINE void Ahead(size_t row, size_t i, size_t count) const {
    Fetch(values + row * width + i, count * sizeof(float));
  }
};

template <size_t kBytes>
struct BrainRows {
  using Floats = typename Vectors<kBytes>::Floats;
  using Words = typename Vectors<kBytes>::Words;
  using Halves = typename Vectors<kBytes>::Halves;
  const uint16_t* values;
  size_t width;
  explicit BrainRows(const ReduceJob& job)
      : values(static_cast<const uint16_t*>(job.table.values)), width(job.width) {}
  COHEAR_INLINE Floats Lanes(size_t, size_t row, size_t i) const {
    return std::bit_cast<Floats>(__builtin_convertvector(Read<Halves>(values + row * width + i), Words)
                                 << 16);
  }
  COHEAR_INLINE float One(size_t, size_t row, size_t i) const {
    return std::bit_cast<float>(uint32_t{values[row * width + i]} << 16);
  }
  COHEAR_INLINE void Ahead(size_t row, size_t i, size_t count) const {
    Fetch(values + row * width + i, count * sizeof(uint16_t));
  }
};

template <size_t kBytes>
struct HalfRows {
  using Floats = typename Vectors<kBytes>::Floats;
  using Ints = typename Vectors<kBytes>::Ints;
  using Words = typename Vectors<kBytes>::Words;
  using Halves = typename Vectors<kBytes>::Halves;
  const uint16_t* values;
  size_t width;
  explicit HalfRows(const ReduceJob& job)
      : values(static_cast<const uint16_t*>(job.table.values)), width(job.width) {}
  // As HalfToFloat of source_table.cc.
  COHEAR_INLINE Floats Lanes(size_t, size_t row, size_t i) const {
    const Words half = __builtin_convertvector(Read<Halves>(values + row * width + i), Words);
    const Words sign = (half & 0x8000u) << 16, size = half & 0x7fffu;
    const Words normal = (size << 13) + (size >= 0x7c00u ? Words{} + (224u << 23) : Words{} + (112u << 23));
    const Words tiny =
        std::bit_cast<Words>(__builtin_convertvector(std::bit_cast<Ints>(size), Floats) * 0x1p-24f);
    return std::bit_cast<Floats>(sign | (size < 0x400u ? tiny : normal));
  }
  COHEAR_INLINE float One(size_t, size_t row, size_t i) const { return HalfToFloat(values[row * width + i]); }
  COHEAR_INLINE void Ahead(size_t row, size_t i, size_t count) const {
    Fetch(values + row * width + i, count * sizeof(uint16_t));
  }
};

template <size_t kBytes>
struct ByteRows {
  using Floats = typename Vectors<kBytes>::Floats;
  using Bytes = typename Vectors<kBytes>::Bytes;
  const int8_t* values;
  const float* scales;
  size_t width;
  explicit ByteRows(const ReduceJob& job)
      : values(static_cast<const int8_t*>(job.table.values)),
        scales(job.table.scales.data()),
        width(job.width) {}
  COHEAR_INLINE Floats Lanes(size_t, size_t row, size_t i) const {
    return scales[row] * __builtin_convertvector(Read<Bytes>(values + row * width + i), Floats);
  }
  COHEAR_INLINE float One(size_t, size_t row, size_t i) const {
    return scales[row] * static_cast<float>(values[row * width + i]);
  }
  COHEAR_INLINE void Ahead(size_t row, size_t i, size_t count) const {
    Fetch(values + row * width + i, count);
    if (i == 0) __builtin_prefetch(scales + row);
  }
};

template <size_t kBytes>
struct SelectedRows {
  using Floats = typename Vectors<kBytes>::Floats;
  using Ints = typename Vectors<kBytes>::Ints;
  const float* values;
  const int32_t* chosen;
  const uint32_t* numbers;
  size_t width;
  explicit SelectedRows(const ReduceJob& job)
      : values(static_cast<const float*>(job.table.values)),
        chosen(job.chosen),
        numbers(job.numbers),
        width(job.width) {}
  COHEAR_INLINE Floats Lanes(size_t e, size_t row, size_t i) const {
    const size_t from = row * width + i;
    const Ints own = Ints{} + static_cast<int32_t>(numbers[e]);
    return Read<Ints>(chosen + from) == own ? Read<Floats>(values + from) : Floats{};
  }
  COHEAR_INLINE float One(size_t e, size_t row, size_t i) const {
    const size_t from = row * width + i;
    return chosen[from] == static_cast<int32_t>(numbers[e]) ? values[from] : 0.0f;
  }
  COHEAR_INLINE void Ahead(size_t row, size_t i, size_t count) const {
    Fetch(values + row * width + i, count * sizeof(float));
    Fetch(chosen + row * width + i, count * sizeof(int32_t));
  }
};

template <class Floats>
COHEAR_INLINE void Write(float* to, const Floats& lanes, bool stream) {
#if defined(__SSE2__) && !defined(COHEAR_SANITIZE)
  if (stream) {
    float values[sizeof lanes / sizeof(float)];
    std::memcpy(values, &lanes, sizeof lanes);
    for (size_t i = 0; i < sizeof lanes / sizeof(float); i += 4)
      _mm_stream_ps(to + i, _mm_loadu_ps(values + i));
    return;
  }
#endif
  std::memcpy(to, &lanes, sizeof lanes);
}

// Vectors that are asked for before they are needed: enough to be there in time, few enough not to be pushed
// out again. Of each run of lines the first half is asked for; the processor then fetches on by itself, and
// faster than when it is told every line.
constexpr size_t kAhead = 32;

// Elements [i, i + kLanes kVectors) of one row of out.
template <size_t kBytes, class Table, Reduce kReduce, size_t kVectors>
COHEAR_INLINE void ReduceColumns(const ReduceJob& job, const Table& table, size_t row, size_t i) {
  using Floats = typename Vectors<kBytes>::Floats;
  using Ints = typename Vectors<kBytes>::Ints;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes;
  constexpr size_t ahead = kAhead / kVectors;  // edges; most of them are of rows to come
  const Row* const indices = job.edges.indices.data();
  const size_t begin = job.edges.offsets[row], end = job.edges.offsets[row + 1],
               all = job.edges.indices.size();
  constexpr bool kGreatest = kReduce == Reduce::kMax || kReduce == Reduce::kArgMax;
  Floats out[kVectors] = {};
  Ints from[kVectors] = {};
  if constexpr (kGreatest) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      if (begin < end) out[v] = table.Lanes(begin, indices[begin], i + v * kLanes);
      from[v] += begin < end ? static_cast<int32_t>(begin) : -1;
    }
  }
  for (size_t e = begin; e < end; ++e) {
    if (e + ahead < all) table.Ahead(indices[e + ahead], i, (kVectors + 1) / 2 * kLanes);
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      const Floats x = table.Lanes(e, indices[e], i + v * kLanes);
      if constexpr (kGreatest) {
        const Ints greater = x > out[v];
        out[v] = greater ? x : out[v];
        if constexpr (kReduce == Reduce::kArgMax)
          from[v] = greater ? Ints{} + static_cast<int32_t>(e) : from[v];
      } else if constexpr (kReduce == Reduce::kWeightedSum) {
        out[v] += job.weights[e] * x;
      } else {
        out[v] += x;
      }
    }
  }
  float* const to = job.out + row * job.width + i;
  const float share = job.mean && end - begin > 1 ? 1.0f / static_cast<float>(end - begin) : 1.0f;
#pragma GCC unroll 16
  for (size_t v = 0; v < kVectors; ++v) {
    const Floats value = job.mean ? out[v] * share : out[v];
    Write(to + v * kLanes, job.add ? Read<Floats>(to + v * kLanes) + value : value, job.stream);
    if constexpr (kReduce == Reduce::kArgMax) {
      std::memcpy(job.argmax + row * job.width + i + v * kLanes, &from[v], sizeof from[v]);
    }
  }
}

// One element, for what is left of a width that 16 does not divide.
template <class Table, Reduce kReduce>
COHEAR_INLINE void ReduceElement(const ReduceJob& job, const Table& table, size_t row, size_t i) {
  const size_t begin = job.edges.offsets[row], end = job.edges.offsets[row + 1];
  float out = 0;
  int32_t from = -1;
  for (size_t e = begin; e < end; ++e) {
    const float x = table.One(e, job.edges.indices[e], i);
    if constexpr (kReduce == Reduce::kMax || kReduce == Reduce::kArgMax) {
      const bool greater = e == begin || x > out;
      out = greater ? x : out;
      from = greater ? static_cast<int32_t>(e) : from;
    } else if constexpr (kReduce == Reduce::kWeightedSum) {
      out += job.weights[e] * x;
    } else {
      out += x;
    }
  }
  if (job.mean && end - begin > 1) out *= 1.0f / static_cast<float>(end - begin);
  float& to = job.out[row * job.width + i];
  to = job.add ? to + out : out;
  if constexpr (kReduce == Reduce::kArgMax) job.argmax[row * job.width + i] = from;
}

template <size_t kBytes, template <size_t> class Rows, Reduce kReduce>
COHEAR_INLINE void ReduceAll(const ReduceJob& job, size_t begin, size_t end) {
  using Table = Rows<kBytes>;
  constexpr size_t kLanes = Vectors<kBytes>::kLanes;
  const Table table(job);
  for (size_t row = begin; row < end; ++row) {
    size_t i = 0;
    for (; i + 8 * kLanes <= job.width; i += 8 * kLanes)
      ReduceColumns<kBytes, Table, kReduce, 8>(job, table, row, i);
    for (; i + 4 * kLanes <= job.width; i += 4 * kLanes)
      ReduceColumns<kBytes, Table, kReduce, 4>(job, table, row, i);
    for (; i + kLanes <= job.width; i += kLanes) ReduceColumns<kBytes, Table, kReduce, 1>(job, table, row, i);
    for (; i < job.width; ++i) ReduceElement<Table, kReduce>(job, table, row, i);
  }
}

template <size_t kBytes, template <size_t> class Rows>
COHEAR_INLINE void ReduceTable(const ReduceJob& job, size_t begin, size_t end) {
  switch (job.reduce) {
    case Reduce::kMax: return ReduceAll<kBytes, Rows, Reduce::kMax>(job, begin, end);
    case Reduce::kArgMax: return ReduceAll<kBytes, Rows, Reduce::kArgMax>(job, begin, end);
    case Reduce::kWeightedSum: return ReduceAll<kBytes, Rows, Reduce::kWeightedSum>(job, begin, end);
    default: return ReduceAll<kBytes, Rows, Reduce::kSum>(job, begin, end);
  }
}

template <size_t kBytes>
COHEAR_INLINE void ReduceAny(const ReduceJob& job, size_t begin, size_t end) {
  if (job.reduce == Reduce::kSelected) return ReduceAll<kBytes, SelectedRows, Reduce::kSum>(job, begin, end);
  switch (job.table.element) {
    case Element::kFloat32: return ReduceTable<kBytes, FloatRows>(job, begin, end);
    case Element::kFloat16: return ReduceTable<kBytes, HalfRows>(job, begin, end);
    case Element::kBFloat16: return ReduceTable<kBytes, BrainRows>(job, begin, end);
    case Element::kInt8: return ReduceTable<kBytes, ByteRows>(job, begin, end);
  }
}
COHEAR_VECTORS(ReduceAny, (const ReduceJob& job, size_t begin, size_t end), (job, begin, end))

}  // namespace

void ReduceRows(const ReduceJob& given, size_t begin, size_t end) {
  ReduceJob job = given;
  // Stores past the caches want whole quarters of a line.
  job.stream &= reinterpret_cast<uintptr_t>(job.out) % 16 == 0 && job.width % 4 == 0;
  ReduceAny(job, begin, end);
#if defined(__SSE2__) && !defined(COHEAR_SANITIZE)
  if (job.stream)
    _mm_sfence();  // what was streamed is in memory before another thread is told that it is done
#endif
}

}  // namespace cohear
