// Hashed words and character n-grams (Weinberger et al., "Feature hashing", ICML 2009):
//   x_j = sum over features f with index(f) = j of sign(f) * weight(f) * (1 + ln count(f)), then unit length
// A feature is a lower-cased word (weight 1) or a 3-, 4- or 5-gram of it between "^" and "$" (weight 0.5).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cohear {

// Counts equal hashes, in the order of their first appearance.
class HashCounts {
 public:
  struct Entry {
    uint32_t hash, count;
  };
  void Clear();
  void Add(uint32_t hash);
  std::span<const Entry> entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // 1 + index into entries_, 0 where free
  void Grow();
};

struct HashScratch {
  HashCounts words, grams;
  std::vector<uint16_t> word;
  std::vector<double> sums;
};

// One text into `row`, whose size is the dimension. ASCII letters and digits make words and are lower-cased
// here; every byte of another character counts as part of a word, so such texts come normalised, their words
// spaced. A text without words is a row of zeros. Hashes go over UTF-16 units. `seed` is mixed already.
void HashText(std::string_view text, uint32_t seed, HashScratch& scratch, std::span<float> row);

// Spreads every input bit over every output bit (MurmurHash3's finaliser).
uint32_t MixHash(uint32_t hash);

}  // namespace cohear
