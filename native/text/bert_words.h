// What BERT's uncased tokenisers do to a text before WordPiece (BertNormalizer and BertPreTokenizer of
// Hugging Face's tokenizers, lower-casing): control characters go, accents are stripped, letters are lowered,
// Chinese characters and punctuation stand alone, the rest is cut at white space.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cohear {

struct Words {
  struct Span {
    uint32_t begin, end;  // bytes of `text`
    uint32_t characters;
  };
  std::string text;  // the words end to end, UTF-8
  std::vector<Span> spans;
};

// Replaces what `words` holds (kept between calls for its memory). Malformed UTF-8 is dropped byte by byte.
void SplitWords(std::string_view text, Words& words);

}  // namespace cohear
