// WordPiece (Schuster and Nakajima 2012, as BERT uses it): a word is the fewest greedy pieces of the
// vocabulary, the longest first; pieces after the first begin with "##".
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/bert_words.h"

namespace cohear {

class WordPiece {
 public:
  // Tokens one a line, in the order of their ids; "[UNK]" must be among them. Throws kFormat.
  explicit WordPiece(std::string_view vocabulary);

  size_t size() const { return tokens_; }
  uint32_t unknown() const { return unknown_; }
  size_t bytes() const { return edges_.size() * sizeof(Edge) + ids_.size() * sizeof(uint32_t); }

  // Adds the ids of a text to `ids`, without [CLS] and [SEP]. A word of more than 100 characters, or one that
  // the vocabulary cannot spell, is [UNK]. "[CLS]" and the like in a text are read as the words they spell.
  void Tokenize(std::string_view text, Words& words, std::vector<uint32_t>& ids) const;

 private:
  // The vocabulary as a trie over bytes, its edges in one hash table.
  struct Edge {
    uint32_t key;  // node * 256 + byte, never 0
    uint32_t node;
  };
  uint32_t Child(uint32_t node, uint8_t byte) const;
  void Add(uint32_t root, std::string_view token, uint32_t id);
  bool Spell(std::string_view word, std::vector<uint32_t>& ids) const;

  size_t tokens_ = 0;
  uint32_t unknown_ = 0;
  uint32_t mask_ = 0;
  std::vector<Edge> edges_;
  std::vector<uint32_t> ids_;  // per node: the token that ends there, or kNone
};

}  // namespace cohear
