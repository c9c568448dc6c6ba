#include "text/word_piece.h"

#include <bit>

#include "core/error.h"

namespace cohear {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint32_t kFirst = 0, kRest = 1;  // roots: of a word's first piece, and of "##" pieces
constexpr uint32_t kLongestWord = 100;

uint32_t Hash(uint32_t key) { return key * 0x9e3779b1u ^ key >> 15; }

}  // namespace

WordPiece::WordPiece(std::string_view vocabulary) {
  const size_t edges = vocabulary.size() + 2;  // at most one a byte
  COHEAR_REQUIRE(edges < size_t{1} << 24, Code::kFormat,
                 "vocabulary: " << vocabulary.size() << " bytes, want less than 16 MiB");
  mask_ = std::bit_ceil(static_cast<uint32_t>(edges + edges / 2)) - 1;
  edges_.assign(mask_ + 1, {0, 0});
  ids_.assign(2, kNone);
  unknown_ = kNone;
  for (size_t at = 0; at < vocabulary.size();) {
    const size_t end = std::min(vocabulary.find('\n', at), vocabulary.size());
    std::string_view token = vocabulary.substr(at, end - at);
    if (token.ends_with('\r')) token.remove_suffix(1);
    at = end + 1;
    const auto id = static_cast<uint32_t>(tokens_++);
    COHEAR_REQUIRE(token.find('\0') == token.npos, Code::kFormat,
                   "vocabulary: line " << tokens_ << " holds a zero byte");
    if (token == "[UNK]") unknown_ = id;
    if (token.size() > 2 && token.starts_with("##")) {
      Add(kRest, token.substr(2), id);
    } else if (!token.empty()) {
      Add(kFirst, token, id);
    }
  }
  COHEAR_REQUIRE(
      unknown_ != kNone, Code::kFormat,
      "vocabulary: no [UNK] among its " << tokens_ << " tokens; want a WordPiece vocabulary, a token a line");
}

uint32_t WordPiece::Child(uint32_t node, uint8_t byte) const {
  const uint32_t key = node << 8 | byte;
  for (uint32_t slot = Hash(key) & mask_;; slot = (slot + 1) & mask_) {
    if (edges_[slot].key == key) return edges_[slot].node;
    if (edges_[slot].key == 0) return kNone;
  }
}

void WordPiece::Add(uint32_t root, std::string_view token, uint32_t id) {
  uint32_t node = root;
  for (const char c : token) {
    const auto byte = static_cast<uint8_t>(c);
    uint32_t next = Child(node, byte);
    if (next == kNone) {
      next = static_cast<uint32_t>(ids_.size());
      ids_.push_back(kNone);
      const uint32_t key = node << 8 | byte;
      uint32_t slot = Hash(key) & mask_;
      while (edges_[slot].key != 0) slot = (slot + 1) & mask_;
      edges_[slot] = {key, next};
    }
    node = next;
  }
  if (ids_[node] == kNone) ids_[node] = id;  // of equal tokens the first counts
}

bool WordPiece::Spell(std::string_view word, std::vector<uint32_t>& ids) const {
  uint32_t root = kFirst;
  for (size_t at = 0; at < word.size(); root = kRest) {
    uint32_t node = root, id = kNone;
    size_t end = at;
    for (size_t i = at; i < word.size(); ++i) {
      node = Child(node, static_cast<uint8_t>(word[i]));
      if (node == kNone) break;
      if (ids_[node] != kNone) {
        id = ids_[node];
        end = i + 1;
      }
    }
    if (id == kNone) return false;
    ids.push_back(id);
    at = end;
  }
  return true;
}

void WordPiece::Tokenize(std::string_view text, Words& words, std::vector<uint32_t>& ids) const {
  SplitWords(text, words);
  const std::string_view all = words.text;
  for (const auto& [begin, end, characters] : words.spans) {
    const size_t before = ids.size();
    if (characters <= kLongestWord && Spell(all.substr(begin, end - begin), ids)) continue;
    ids.resize(before);
    ids.push_back(unknown_);
  }
}

}  // namespace cohear
