// Writing arrays by name in one file: https://github.com/huggingface/safetensors#format. Reading the header
// is left to lib/artifacts, which has a JSON parser.
#pragma once
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/spill_file.h"

namespace cohear {

struct NamedArray {
  std::string name;  // of letters, digits, dots and underscores
  const char* type;
  size_t width;  // bytes of an element
  std::span<const std::byte> bytes;
  const SpillFile* spilled = nullptr;  // holds the values instead

  size_t size() const { return spilled ? spilled->size() : bytes.size(); }

  template <class T>
  static NamedArray Of(std::string name, std::span<const T> values, const SpillFile* spilled = nullptr) {
    constexpr const char* kType = std::is_same_v<T, uint64_t>   ? "U64"
                                  : std::is_same_v<T, double>   ? "F64"
                                  : std::is_same_v<T, uint32_t> ? "U32"
                                  : std::is_same_v<T, float>    ? "F32"
                                                                : nullptr;
    static_assert(kType != nullptr, "no name for this type yet");
    return {std::move(name), kType, sizeof(T), std::as_bytes(values), spilled};
  }
};

// Writes the file whole or not at all. The widest elements come first, since the format allows no holes, so
// every array is aligned; equally wide ones in the order given. Keys and values of the metadata hold no
// quotes, backslashes or control characters.
void WriteSafetensors(const std::string& path, std::vector<NamedArray> arrays,
                      const std::vector<std::pair<std::string, std::string>>& metadata);

}  // namespace cohear
