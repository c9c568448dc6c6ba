#include "text/bert_words.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cohear {
namespace {

enum Kind : uint8_t { kWord, kAlone, kSpace, kDrop, kMany, kHangul };
struct Run {
  uint32_t first;
  Kind kind;
  int32_t delta;
};
struct Several {
  uint32_t characters[3];  // 0 past the end
};
#include "text/unicode_table.inc"

constexpr auto kAscii = [] {
  std::array<Run, 128> table{};
  for (uint32_t c = 0; c < 128; ++c) {
    Run& run = table[c];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      run.kind = kSpace;
    else if (c < 32 || c == 127)
      run.kind = kDrop;
    else if (c >= 'A' && c <= 'Z')
      run.delta = 'a' - 'A';
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
      run.kind = kWord;
    else
      run.kind = kAlone;
  }
  return table;
}();

const Run& RunOf(uint32_t code) {
  if (code < 128) return kAscii[code];
  const auto* after = std::upper_bound(std::begin(kRuns), std::end(kRuns), code,
                                       [](uint32_t value, const Run& run) { return value < run.first; });
  return after[-1];
}

constexpr uint32_t kMalformed = 0xfffd;

// The code point at text[at], and `at` moved past it.
uint32_t Next(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(at++);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 && lead < 0xf5 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead >= 0xf5 || at + more > text.size()) return kMalformed;
  uint32_t code = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return kMalformed;
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (code < kLeast[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return kMalformed;
  at += more;
  return code;
}

void Append(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    if (code < 0x10000) {
      out.push_back(static_cast<char>(0xe0 | code >> 12));
    } else {
      out.push_back(static_cast<char>(0xf0 | code >> 18));
      out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
    }
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

}  // namespace

void SplitWords(std::string_view text, Words& words) {
  words.text.clear();
  words.spans.clear();
  uint32_t begin = 0, characters = 0;
  const auto add = [&](uint32_t code) {
    Append(words.text, code);
    ++characters;
  };
  const auto end_word = [&] {
    if (characters == 0) return;
    words.spans.push_back({begin, static_cast<uint32_t>(words.text.size()), characters});
    begin = static_cast<uint32_t>(words.text.size());
    characters = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = Next(text, at);
    const Run& run = RunOf(code);
    switch (run.kind) {
      case kWord: add(code + run.delta); break;
      case kAlone:
        end_word();
        add(code + run.delta);
        end_word();
        break;
      case kSpace: end_word(); break;
      case kDrop: break;
      case kMany:
        for (const uint32_t character : kSeveral[run.delta].characters)
          if (character != 0) add(character);
        break;
      case kHangul: {  // a syllable becomes its letters (Unicode 3.12)
        const uint32_t syllable = code - 0xac00;
        add(0x1100 + syllable / 588);
        add(0x1161 + syllable % 588 / 28);
        if (syllable % 28 != 0) add(0x11a7 + syllable % 28);
        break;
      }
    }
  }
  end_word();
}

}  // namespace cohear
