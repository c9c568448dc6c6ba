#include "text/static_encoder.h"

#include <algorithm>
#include <cmath>

#include "core/pool.h"
#include "core/simd.h"
#include "text/hashing.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 64;

COHEAR_SIMD void AddToken(float* __restrict sum, const int8_t* __restrict row, float scale,
                          size_t dimension) {
  for (size_t d = 0; d < dimension; ++d) sum[d] += scale * static_cast<float>(row[d]);
}

// To unit length; false for zeros. In order of dimensions, in doubles.
bool Unit(std::span<float> row) {
  double square = 0;
  for (const float value : row) square += static_cast<double>(value) * value;
  if (square == 0) return false;
  const double scale = 1 / std::sqrt(square);
  for (float& value : row) value = static_cast<float>(value * scale);
  return true;
}

}  // namespace

StaticTable::StaticTable(std::string_view vocabulary, std::vector<int8_t> values,
                         std::vector<float> token_scales, size_t width)
    : tokens(vocabulary), dimension(width), rows(std::move(values)), scales(std::move(token_scales)) {
  COHEAR_REQUIRE(scales.size() == tokens.size() && rows.size() == tokens.size() * dimension, Code::kShape,
                 "static table: " << rows.size() << " values and " << scales.size() << " scales, want "
                                  << tokens.size() << " x " << dimension << " and " << tokens.size());
  for (const float scale : scales)
    COHEAR_REQUIRE(std::isfinite(scale), Code::kValue, "static table: a scale is not finite");
}

void CheckPacked(const PackedTexts& texts, const char* name) {
  COHEAR_REQUIRE(
      !texts.offsets.empty() && texts.offsets.front() == 0 && texts.offsets.back() == texts.bytes.size(),
      Code::kValue, name << ": want offsets from 0 to the " << texts.bytes.size() << " bytes");
  for (size_t i = 0; i < texts.count(); ++i)
    COHEAR_REQUIRE(texts.offsets[i] <= texts.offsets[i + 1], Code::kValue,
                   name << ": offset " << i + 1 << " lies before the one before it");
}

void EncodeTexts(const EncodePlan& plan, std::span<float> out) {
  const size_t fixed = plan.table ? plan.table->dimension : 0;
  const size_t width = fixed + plan.hashed;
  const size_t count = plan.table ? plan.texts.count() : plan.words.count();
  if (plan.table) CheckPacked(plan.texts, "texts");
  if (plan.hashed) CheckPacked(plan.words, "words");
  COHEAR_REQUIRE(!plan.table || !plan.hashed || plan.words.count() == count, Code::kShape,
                 plan.words.count() << " texts to hash beside " << count);
  COHEAR_REQUIRE(out.size() == count * width, Code::kShape,
                 "out: room for " << out.size() << " numbers, want " << count << " rows of " << width);
  const uint32_t seed = MixHash(plan.seed + 1);
  ParallelFor(count, kGrain, [&](size_t begin, size_t end) {
    Words words;
    std::vector<uint32_t> ids;
    HashScratch scratch;
    for (size_t i = begin; i < end; ++i) {
      const std::span<float> row{out.data() + i * width, width};
      bool any = false;
      if (plan.table) {
        std::fill_n(row.data(), fixed, 0.0f);
        ids.clear();
        plan.table->tokens.Tokenize(plan.texts[i], words, ids);
        for (const uint32_t id : ids)
          AddToken(row.data(), plan.table->rows.data() + id * fixed, plan.table->scales[id], fixed);
        any = Unit(row.first(fixed));
      }
      if (plan.hashed) HashText(plan.words[i], seed, scratch, row.subspan(fixed));
      if (any && plan.hashed) Unit(row);
    }
  });
}

TokenLists TokenizeTexts(const WordPiece& tokens, const PackedTexts& texts) {
  CheckPacked(texts, "texts");
  TokenLists lists;
  lists.offsets.push_back(0);
  Words words;
  for (size_t i = 0; i < texts.count(); ++i) {
    tokens.Tokenize(texts[i], words, lists.ids);
    lists.offsets.push_back(lists.ids.size());
  }
  return lists;
}

}  // namespace cohear
