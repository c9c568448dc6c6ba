#include "text/static_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../testing.h"
#include "text/hashing.h"

namespace cohear {
namespace {

struct Texts {
  std::vector<uint8_t> bytes;
  std::vector<Offset> offsets{0};
  explicit Texts(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
      bytes.insert(bytes.end(), text.begin(), text.end());
      offsets.push_back(bytes.size());
    }
  }
  PackedTexts packed() const { return {bytes, offsets}; }
};

// [UNK] and two words in two dimensions.
StaticTable Small() { return {"[UNK]\ntea\ncup", {0, 0, 3, 4, -4, 3}, {0, 0.5f, 2}, 2}; }

// The rows, in room that held something else before.
std::vector<float> Encoded(const EncodePlan& plan) {
  const size_t width = (plan.table ? plan.table->dimension : 0) + plan.hashed;
  std::vector<float> out((plan.table ? plan.texts.count() : plan.words.count()) * width, -7);
  EncodeTexts(plan, out);
  return out;
}

TEST(EncodeTexts, IsTheUnitSumOfTokenVectors) {
  const StaticTable table = Small();
  const Texts texts({"Tea", "cup tea", "unknown", ""});
  const auto rows = Encoded({.table = &table, .texts = texts.packed()});
  const float length = std::hypot(1.5f - 8, 2.f + 6);
  EXPECT_FLOAT_EQ(rows[0], 0.6f);
  EXPECT_FLOAT_EQ(rows[1], 0.8f);
  EXPECT_FLOAT_EQ(rows[2], (1.5f - 8) / length);
  EXPECT_FLOAT_EQ(rows[3], (2.f + 6) / length);
  for (size_t i = 4; i < 8; ++i) EXPECT_EQ(rows[i], 0);
}

TEST(EncodeTexts, PutsBothPartsSideBySideAtUnitLength) {
  const StaticTable table = Small();
  const Texts texts({"tea", "zebra", "!", "tea"});
  const Texts words({"tea", "zebra", "!", ""});
  const auto rows =
      Encoded({.table = &table, .texts = texts.packed(), .hashed = 16, .seed = 3, .words = words.packed()});
  std::vector<float> hashed(16);
  HashScratch scratch;
  HashText("tea", MixHash(4), scratch, hashed);
  const double half = std::sqrt(0.5);
  EXPECT_NEAR(rows[0], 0.6 * half, 1e-7);
  for (size_t d = 0; d < 16; ++d) EXPECT_NEAR(rows[2 + d], hashed[d] * half, 1e-7);
  const auto length = [&](size_t row, size_t from, size_t to) {
    double square = 0;
    for (size_t d = from; d < to; ++d) square += rows[row * 18 + d] * rows[row * 18 + d];
    return std::sqrt(square);
  };
  EXPECT_NEAR(length(0, 0, 18), 1, 1e-6);
  EXPECT_NEAR(length(1, 2, 18), 1, 1e-6);  // no token known: the hashed part alone
  EXPECT_EQ(length(1, 0, 2), 0);
  EXPECT_EQ(length(2, 0, 18), 0);
  EXPECT_NEAR(length(3, 0, 2), 1, 1e-6);  // no words to hash
}

TEST(EncodeTexts, HasTheSameBitsAtAnyThreadCount) {
  std::mt19937 random(5);
  std::vector<std::string> list(3000);
  for (auto& text : list)
    for (size_t i = random() % 30; i > 0; --i)
      text += random() % 3 ? (random() % 2 ? "tea " : "cup ") : "Zx9 ";
  const Texts texts(list);
  const StaticTable table = Small();
  const EncodePlan plan{.table = &table, .texts = texts.packed(), .hashed = 33, .words = texts.packed()};
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 7}) {
    const WithThreads scope(threads);
    results.push_back(Encoded(plan));
  }
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], results[0]);
}

TEST(EncodeTexts, RefusesWhatDoesNotFit) {
  EXPECT_EQ(CodeOf([&] { StaticTable("[UNK]\ntea", {1, 2, 3}, {1, 1}, 2); }), "ERR_SHAPE");
  EXPECT_EQ(CodeOf([&] { StaticTable("[UNK]\ntea", {1, 2, 3, 4}, {1, NAN}, 2); }), "ERR_VALUE");
  const StaticTable table = Small();
  const Texts texts({"tea"});
  const std::vector<Offset> beyond{0, 9};
  EXPECT_EQ(CodeOf([&] { EncodeTexts({.table = &table, .texts = {texts.bytes, beyond}}, {}); }), "ERR_VALUE");
  EXPECT_EQ(CodeOf([&] {
              EncodeTexts(
                  {.table = &table, .texts = texts.packed(), .hashed = 8, .words = Texts({}).packed()}, {});
            }),
            "ERR_SHAPE");
  std::vector<float> room(3);
  EXPECT_EQ(CodeOf([&] { EncodeTexts({.table = &table, .texts = texts.packed()}, room); }), "ERR_SHAPE");
}

TEST(HashText, CountsRepeatsByTheirLogarithm) {
  HashScratch scratch;
  std::vector<float> once(64), twice(64), thrice(64);
  HashText("a b", 1, scratch, once);
  HashText("A, b", 1, scratch, twice);
  EXPECT_EQ(once, twice);
  HashText("a a a b", 1, scratch, thrice);
  EXPECT_NE(once, thrice);
  HashText("...", 1, scratch, twice);
  EXPECT_EQ(twice, std::vector<float>(64));
}

TEST(HashText, TakesMalformedBytes) {
  HashScratch scratch;
  std::vector<float> row(16);
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    HashText(bytes, 1, scratch, row);
    for (const float value : row) EXPECT_TRUE(std::isfinite(value));
  }
}

}  // namespace
}  // namespace cohear
