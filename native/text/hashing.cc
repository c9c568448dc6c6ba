#include "text/hashing.h"

#include <algorithm>
#include <cmath>

namespace cohear {
namespace {

constexpr size_t kShortest = 3, kLongest = 5;
constexpr double kGramWeight = 0.5;  // a word's n-grams together should not drown the word itself
constexpr uint32_t kWordStart = 0x811c9dc5, kGramStart = 0x9747b28c, kPrime = 0x01000193;

bool InWord(uint8_t c) {
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Valid UTF-8 only (it comes from JavaScript); at worst a malformed text has odd hashes.
void AppendUtf16(std::string_view bytes, std::vector<uint16_t>& out) {
  for (size_t i = 0; i < bytes.size();) {
    const auto byte = [&](size_t at) -> uint32_t {
      return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
    };
    const uint32_t lead = byte(i);
    if (lead < 0x80) {
      out.push_back(static_cast<uint16_t>(lead >= 'A' && lead <= 'Z' ? lead + 32 : lead));
      i += 1;
    } else if (lead < 0xe0) {
      out.push_back(static_cast<uint16_t>((lead & 0x1f) << 6 | (byte(i + 1) & 0x3f)));
      i += 2;
    } else if (lead < 0xf0) {
      out.push_back(
          static_cast<uint16_t>((lead & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f)));
      i += 3;
    } else {
      const uint32_t code =
          ((lead & 7) << 18 | (byte(i + 1) & 0x3f) << 12 | (byte(i + 2) & 0x3f) << 6 | (byte(i + 3) & 0x3f)) -
          0x10000;
      out.push_back(static_cast<uint16_t>(0xd800 | (code >> 10 & 0x3ff)));
      out.push_back(static_cast<uint16_t>(0xdc00 | (code & 0x3ff)));
      i += 4;
    }
  }
}

void AddSums(const HashCounts& counts, double weight, std::span<double> sums) {
  const auto dimension = static_cast<uint32_t>(sums.size());
  const uint32_t mask = (dimension & (dimension - 1)) == 0 ? dimension - 1 : 0;
  for (const auto& [hash, count] : counts.entries()) {
    const double value = count == 1 ? weight : weight * (1 + std::log(static_cast<double>(count)));
    const uint32_t half = hash >> 1;
    sums[mask ? half & mask : half % dimension] += hash & 1 ? value : -value;
  }
}

}  // namespace

uint32_t MixHash(uint32_t hash) {
  hash = (hash ^ hash >> 16) * 0x85ebca6b;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35;
  return hash ^ hash >> 16;
}

void HashCounts::Clear() {
  entries_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
}

void HashCounts::Grow() {
  slots_.assign(std::max<size_t>(256, slots_.size() * 2), 0);
  const uint32_t mask = static_cast<uint32_t>(slots_.size()) - 1;
  for (uint32_t e = 0; e < entries_.size(); ++e) {
    uint32_t slot = entries_[e].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = e + 1;
  }
}

void HashCounts::Add(uint32_t hash) {
  if (entries_.size() * 2 >= slots_.size()) Grow();
  const uint32_t mask = static_cast<uint32_t>(slots_.size()) - 1;
  for (uint32_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const uint32_t entry = slots_[slot];
    if (entry == 0) {
      entries_.push_back({hash, 1});
      slots_[slot] = static_cast<uint32_t>(entries_.size());
      return;
    }
    if (entries_[entry - 1].hash == hash) {
      ++entries_[entry - 1].count;
      return;
    }
  }
}

void HashText(std::string_view text, uint32_t seed, HashScratch& scratch, std::span<float> row) {
  auto& [words, grams, word, sums] = scratch;
  words.Clear();
  grams.Clear();
  for (size_t at = 0; at < text.size();) {
    if (!InWord(static_cast<uint8_t>(text[at]))) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && InWord(static_cast<uint8_t>(text[at]))) ++at;
    word.assign(1, '^');
    AppendUtf16(text.substr(begin, at - begin), word);
    word.push_back('$');
    uint32_t whole = seed ^ kWordStart;
    for (const uint16_t unit : word) whole = (whole ^ unit) * kPrime;
    words.Add(MixHash(whole));
    for (size_t start = 0; start + kShortest <= word.size(); ++start) {
      uint32_t hash = seed ^ kGramStart;
      const size_t end = std::min(word.size(), start + kLongest);
      for (size_t i = start; i < end; ++i) {
        hash = (hash ^ word[i]) * kPrime;
        if (i - start + 1 >= kShortest) grams.Add(MixHash(hash));
      }
    }
  }
  sums.assign(row.size(), 0);
  AddSums(words, 1, sums);
  AddSums(grams, kGramWeight, sums);
  double square = 0;
  for (const double value : sums) square += value * value;
  const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
  for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(sums[i] * scale);
}

}  // namespace cohear
