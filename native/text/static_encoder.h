// The static encoder: a text is the mean of fixed vectors of its tokens. And many texts at once, by it, by
// hashing, or by both side by side.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/csr.h"
#include "text/word_piece.h"

namespace cohear {

// A vector per token of the vocabulary: scales[t] * rows[t * dimension ..]. Tokens that should not count
// (special ones) have zeros.
struct StaticTable {
  StaticTable(std::string_view vocabulary, std::vector<int8_t> rows, std::vector<float> scales,
              size_t dimension);
  WordPiece tokens;
  size_t dimension;
  std::vector<int8_t> rows;
  std::vector<float> scales;
  size_t bytes() const { return tokens.bytes() + rows.size() + scales.size() * sizeof(float); }
};

// UTF-8 texts end to end: text i is bytes[offsets[i] .. offsets[i + 1]).
struct PackedTexts {
  std::span<const uint8_t> bytes;
  std::span<const Offset> offsets;
  size_t count() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::string_view operator[](size_t i) const {
    return {reinterpret_cast<const char*>(bytes.data()) + offsets[i],
            static_cast<size_t>(offsets[i + 1] - offsets[i])};
  }
};
// Throws kValue unless offsets rise from 0 to the number of bytes.
void CheckPacked(const PackedTexts& texts, const char* name);

struct EncodePlan {
  const StaticTable* table = nullptr;  // the static part, first in a row; null = none
  PackedTexts texts;                   // for the table
  size_t hashed = 0;                   // dimension of the hashed part; 0 = none
  uint32_t seed = 0;
  PackedTexts words;  // for hashing: see HashText
};

// Rows [texts, table dimension + hashed]: each part of unit length, then the whole (a part of zeros, from a
// text without known tokens or words, leaves the other at full length; without either the row is zero).
// Parallel over texts. Throws kShape for another size of out.
void EncodeTexts(const EncodePlan& plan, std::span<float> out);

// Ids of each text end to end, with offsets.
struct TokenLists {
  std::vector<Offset> offsets;
  std::vector<uint32_t> ids;
};
TokenLists TokenizeTexts(const WordPiece& tokens, const PackedTexts& texts);

}  // namespace cohear
