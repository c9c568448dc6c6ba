#include "core/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <sstream>

#include "core/output_file.h"

namespace cohear {
namespace {

std::string Header(const std::vector<NamedArray>& arrays,
                   const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::ostringstream out;
  out << "{\"__metadata__\":{";
  for (size_t i = 0; i < metadata.size(); ++i) {
    out << (i ? "," : "") << '"' << metadata[i].first << "\":\"" << metadata[i].second << '"';
  }
  out << '}';
  size_t begin = 0;
  for (const NamedArray& array : arrays) {
    const size_t end = begin + array.size();
    out << ",\"" << array.name << R"(":{"dtype":")" << array.type << R"(","shape":[)"
        << array.size() / array.width << R"(],"data_offsets":[)" << begin << ',' << end << "]}";
    begin = end;
  }
  out << '}';
  std::string text = out.str();
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the arrays begin aligned
  return text;
}

}  // namespace

void WriteSafetensors(const std::string& path, std::vector<NamedArray> arrays,
                      const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::stable_sort(arrays.begin(), arrays.end(),
                   [](const NamedArray& a, const NamedArray& b) { return a.width > b.width; });
  const std::string header = Header(arrays, metadata);
  const uint64_t length = header.size();
  OutputFile file(path);
  file.Write(std::as_bytes(std::span(&length, 1)));
  file.Write(std::as_bytes(std::span(header)));
  for (const NamedArray& array : arrays) {
    if (array.spilled) {
      array.spilled->CopyTo(file);
    } else {
      file.Write(array.bytes);
    }
  }
  file.Commit();
}

}  // namespace cohear
