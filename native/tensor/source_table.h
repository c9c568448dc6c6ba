// Rows of numbers in fewer bits, read as 32-bit floats a row at a time: a table that is gathered from is read
// at random, so its bytes are what an aggregation costs.
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace cohear {

// kFloat16: IEEE half precision, 11 bits, up to 65504. kBFloat16: the range of a float, 8 bits. kInt8: whole
// numbers from -127 to 127 times the row's scale. The binding's numbers.
enum class Element { kFloat32 = 0, kFloat16 = 1, kBFloat16 = 2, kInt8 = 3 };

struct SourceTable {
  Element element;
  const void* values;                  // [rows, width]: float, uint16_t, uint16_t or int8_t
  size_t size;                         // of values, counted in elements
  std::span<const float> scales = {};  // [rows], kInt8 only

  static SourceTable Floats(std::span<const float> x) { return {Element::kFloat32, x.data(), x.size()}; }

  // Row `row`, where it lies or decoded into buffer [width].
  const float* Row(size_t row, size_t width, float* buffer) const;
  // Rows [first, first + count) end to end, where they lie or decoded into buffer [count, width].
  const float* Rows(size_t first, size_t count, size_t width, float* buffer) const;
  size_t ElementBytes() const { return element == Element::kFloat32 ? 4 : element == Element::kInt8 ? 1 : 2; }
};

inline float HalfToFloat(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16, size = half & 0x7fffu;
  // The exponent is rebased from 15 to 127, and to the top where it is all ones. Numbers below 2^-14 have no
  // leading one: they are their 10 bits times 2^-24 (no arithmetic on denormals, which threads flush).
  const uint32_t normal = (size << 13) + (size >= 0x7c00u ? 224u << 23 : 112u << 23);
  const uint32_t tiny = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(size)) * 0x1p-24f);
  return std::bit_cast<float>(sign | (size < 0x400u ? tiny : normal));
}

// Rounds to the nearest, ties to even; beyond the largest half-precision number is infinity. Not a number
// stays so, but in kInt8, where a row must be finite (kValue).
std::vector<uint16_t> EncodeFloat16(std::span<const float> x);
std::vector<uint16_t> EncodeBFloat16(std::span<const float> x);
struct Int8Rows {
  std::vector<int8_t> values;
  std::vector<float> scales;  // the row's greatest magnitude / 127
};
Int8Rows EncodeInt8(std::span<const float> x, size_t width);

}  // namespace cohear
