#include "tensor/source_table.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.h"
#include "core/pool.h"
#include "core/simd.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 1 << 16;

inline uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value), sign = bits >> 16 & 0x8000u;
  const uint32_t size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (size >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds beyond 65504
  if (size < 0x38800000u) {  // below 2^-14: a whole number of 2^-24, exactly rounded by the addition
    const float whole = std::bit_cast<float>(size) + 0.5f;  // 0.5 has steps of 2^-24
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(whole) - 0x3f000000u));
  }
  return static_cast<uint16_t>(sign | ((size - (112u << 23) + 0xfffu + (size >> 13 & 1)) >> 13));
}

inline uint16_t FloatToBrain(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

template <class Encode>
std::vector<uint16_t> EncodeAll(std::span<const float> x, Encode&& encode) {
  std::vector<uint16_t> out(x.size());
  ParallelFor(x.size(), kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) out[i] = encode(x[i]);
  });
  return out;
}

}  // namespace

COHEAR_SIMD void DecodeFloat16(const uint16_t* __restrict from, size_t size, float* __restrict to) {
  for (size_t i = 0; i < size; ++i) to[i] = HalfToFloat(from[i]);
}

COHEAR_SIMD void DecodeBFloat16(const uint16_t* __restrict from, size_t size, float* __restrict to) {
  for (size_t i = 0; i < size; ++i) to[i] = std::bit_cast<float>(uint32_t{from[i]} << 16);
}

COHEAR_SIMD void DecodeInt8(const int8_t* __restrict from, float scale, size_t size, float* __restrict to) {
  for (size_t i = 0; i < size; ++i) to[i] = scale * static_cast<float>(from[i]);
}

const float* SourceTable::Row(size_t row, size_t width, float* buffer) const {
  switch (element) {
    case Element::kFloat32: return static_cast<const float*>(values) + row * width;
    case Element::kFloat16:
      DecodeFloat16(static_cast<const uint16_t*>(values) + row * width, width, buffer);
      break;
    case Element::kBFloat16:
      DecodeBFloat16(static_cast<const uint16_t*>(values) + row * width, width, buffer);
      break;
    case Element::kInt8:
      DecodeInt8(static_cast<const int8_t*>(values) + row * width, scales[row], width, buffer);
  }
  return buffer;
}

const float* SourceTable::Rows(size_t first, size_t count, size_t width, float* buffer) const {
  if (element == Element::kFloat32) return static_cast<const float*>(values) + first * width;
  for (size_t i = 0; i < count; ++i) Row(first + i, width, buffer + i * width);
  return buffer;
}

std::vector<uint16_t> EncodeFloat16(std::span<const float> x) { return EncodeAll(x, FloatToHalf); }
std::vector<uint16_t> EncodeBFloat16(std::span<const float> x) { return EncodeAll(x, FloatToBrain); }

Int8Rows EncodeInt8(std::span<const float> x, size_t width) {
  COHEAR_REQUIRE(width > 0 ? x.size() % width == 0 : x.empty(), Code::kShape,
                 "table: " << x.size() << " numbers are no whole number of rows of " << width);
  const size_t rows = width > 0 ? x.size() / width : 0;
  Int8Rows out{std::vector<int8_t>(x.size()), std::vector<float>(rows)};
  ParallelFor(rows, 256, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const float* from = x.data() + row * width;
      float most = 0;
      for (size_t i = 0; i < width; ++i) {
        COHEAR_REQUIRE(std::isfinite(from[i]), Code::kValue,
                       "table: row " << row << " holds " << from[i] << ", want finite numbers");
        most = std::max(most, std::abs(from[i]));
      }
      const float scale = most / 127;
      out.scales[row] = scale;
      for (size_t i = 0; i < width && scale > 0; ++i) {
        out.values[row * width + i] =
            static_cast<int8_t>(std::clamp(std::nearbyint(from[i] / scale), -127.0f, 127.0f));
      }
    }
  });
  return out;
}

}  // namespace cohear
