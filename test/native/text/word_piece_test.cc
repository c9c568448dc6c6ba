#include "text/word_piece.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "../testing.h"

namespace cohear {
namespace {

std::vector<std::string> WordsOf(std::string_view text) {
  Words words;
  SplitWords(text, words);
  std::vector<std::string> out;
  for (const auto& [begin, end, characters] : words.spans)
    out.push_back(words.text.substr(begin, end - begin));
  return out;
}

std::vector<uint32_t> Ids(const WordPiece& tokens, std::string_view text) {
  Words words;
  std::vector<uint32_t> ids;
  tokens.Tokenize(text, words, ids);
  return ids;
}

TEST(SplitWords, LowersStripsAndCuts) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(WordsOf("Two  CUPS,\tplease"), (Strings{"two", "cups", ",", "please"}));
  EXPECT_EQ(WordsOf("Crème Brûlée"), (Strings{"creme", "brulee"}));
  EXPECT_EQ(WordsOf("a\xc2\xad"
                    "b\x01"
                    "c"),
            (Strings{"abc"}));  // soft hyphen and control go
  EXPECT_EQ(WordsOf("\xe6\x9d\xb1\xe4\xba\xac"
                    "x"),
            (Strings{"\xe6\x9d\xb1", "\xe4\xba\xac", "x"}));
  EXPECT_EQ(WordsOf("\xed\x95\x9c"), (Strings{"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"}));  // Hangul to letters
  EXPECT_EQ(WordsOf(""), Strings{});
}

TEST(SplitWords, CountsCharactersNotBytes) {
  Words words;
  SplitWords("\xc3\x9f\xce\xb1z", words);
  ASSERT_EQ(words.spans.size(), 1u);
  EXPECT_EQ(words.spans[0].characters, 3u);
  EXPECT_EQ(words.spans[0].end, 5u);
}

TEST(SplitWords, DropsMalformedBytes) {
  for (const char* bad :
       {"\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x92", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"})
    EXPECT_EQ(WordsOf("a" + std::string(bad) + "b"), std::vector<std::string>{"ab"}) << bad;
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    Words words;
    SplitWords(bytes, words);
    for (const auto& span : words.spans) {
      EXPECT_LT(span.begin, span.end);
      EXPECT_LE(span.end, words.text.size());
    }
  }
}

TEST(WordPiece, TakesTheLongestPieceFirst) {
  const WordPiece tokens("[UNK]\na\nab\nabc\n##c\n##cd\n##d\n,");
  EXPECT_EQ(tokens.size(), 8u);
  EXPECT_EQ(Ids(tokens, "abcd"), (std::vector<uint32_t>{3, 6}));
  EXPECT_EQ(Ids(tokens, "ac acd"), (std::vector<uint32_t>{1, 4, 1, 5}));
  EXPECT_EQ(Ids(tokens, "abcx, c"), (std::vector<uint32_t>{0, 7, 0}));
  EXPECT_EQ(Ids(tokens, ""), (std::vector<uint32_t>{}));
}

TEST(WordPiece, IsGreedyOnRandomVocabularies) {
  std::mt19937 random(7);
  const auto word = [&](size_t most) {
    std::string out(1 + random() % most, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int round = 0; round < 50; ++round) {
    std::map<std::string, uint32_t> vocabulary{{"[UNK]", 0}};
    std::string lines = "[UNK]";
    for (int i = 0; i < 30; ++i) {
      const std::string token = (random() % 2 ? "##" : "") + word(4);
      if (!vocabulary.emplace(token, static_cast<uint32_t>(vocabulary.size())).second) continue;
      lines += "\n" + token;
    }
    const WordPiece tokens(lines);
    for (int i = 0; i < 50; ++i) {
      const std::string text = word(10);
      std::vector<uint32_t> want;
      for (size_t at = 0; at < text.size();) {
        size_t length = text.size() - at;
        const std::string prefix = at ? "##" : "";
        while (length > 0 && !vocabulary.count(prefix + text.substr(at, length))) --length;
        if (length == 0) {
          want = {0};
          break;
        }
        want.push_back(vocabulary[prefix + text.substr(at, length)]);
        at += length;
      }
      EXPECT_EQ(Ids(tokens, text), want) << text << " by\n" << lines;
    }
  }
}

TEST(WordPiece, RefusesWhatIsNoVocabulary) {
  EXPECT_EQ(CodeOf([&] { WordPiece("a\nb"); }), "ERR_FORMAT");
  EXPECT_EQ(CodeOf([&] { WordPiece(""); }), "ERR_FORMAT");
  EXPECT_EQ(CodeOf([&] { WordPiece(std::string_view("[UNK]\na\0b", 9)); }), "ERR_FORMAT");
}

}  // namespace
}  // namespace cohear
