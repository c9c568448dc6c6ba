#include <algorithm>
#include <cstdint>

#include "core/pool.h"
#include "sampler/links.h"
#include "sampler/pairs.h"
#include "sampler/streams.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 1024;  // rows

struct Chooser {
  double fraction;
  uint64_t seed;

  Counter Bits(Row low, Row high) const { return Philox(seed, {low, high, StreamWord(Stream::kSplit), 0}); }
  static bool Below(const Counter& bits, double fraction) {
    const uint64_t wide = uint64_t{bits[0]} << 32 | bits[1];
    return static_cast<double>(wide >> 11) * 0x1p-53 < fraction;
  }
  bool Validation(Row u, Row v) const {
    return u != v && Below(Bits(std::min(u, v), std::max(u, v)), fraction);
  }
};

template <class T>
Column<T> Keep(const Column<T>& from, const std::vector<uint8_t>& kept, const CsrView& old,
               const std::vector<Offset>& now) {
  if (from.empty()) return {};
  std::vector<T> to(now.back());
  ParallelFor(old.rows(), kGrain, [&](size_t begin, size_t end) {
    Offset out = now[begin];
    for (Offset e = old.offsets[begin]; e < old.offsets[end]; ++e) {
      if (kept[e]) to[out++] = from[e];
    }
  });
  return to;
}

Relation Train(const Graph& graph, const Relation& relation, const Chooser& chooser) {
  const CsrView csr = relation.csr();
  std::vector<uint8_t> kept(relation.edges());
  std::vector<Offset> offsets(csr.rows() + 1);
  const Row first = graph.type_offsets[relation.destination_type];
  ParallelFor(csr.rows(), kGrain, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const Row v = static_cast<Row>(first + row);
      for (Offset e = csr.offsets[row]; e < csr.offsets[row + 1]; ++e) {
        kept[e] = !chooser.Validation(csr.indices[e], v);
        offsets[row + 1] += kept[e];
      }
    }
  });
  for (size_t row = 0; row < csr.rows(); ++row) offsets[row + 1] += offsets[row];
  return {relation.source_type,
          relation.destination_type,
          offsets,
          Keep(relation.indices, kept, csr, offsets),
          Keep(relation.counts, kept, csr, offsets),
          Keep(relation.scores, kept, csr, offsets),
          Keep(relation.last_times, kept, csr, offsets)};
}

void AddValidation(const PairRows& pairs, const Chooser& chooser, Links& links) {
  const size_t rows = pairs.rows();
  std::vector<Links> found((rows + kGrain - 1) / kGrain);
  ParallelFor(rows, kGrain, [&](size_t begin, size_t end) {
    Links& own = found[begin / kGrain];
    for (size_t row = begin; row < end; ++row) {
      pairs.Each(row, [&](Row low, Row high) {
        const Counter bits = chooser.Bits(low, high);
        if (!Chooser::Below(bits, chooser.fraction)) return;
        const bool swap = bits[2] & 1;
        own.anchors.push_back(swap ? high : low);
        own.positives.push_back(swap ? low : high);
      });
    }
  });
  for (const Links& own : found) {
    links.anchors.insert(links.anchors.end(), own.anchors.begin(), own.anchors.end());
    links.positives.insert(links.positives.end(), own.positives.begin(), own.positives.end());
  }
}

}  // namespace

EdgeSplit SplitEdges(const Graph& graph, double fraction, uint64_t seed) {
  COHEAR_REQUIRE(fraction >= 0 && fraction < 1, Code::kRange,
                 "fraction: want 0 or more and below 1, got " << fraction);
  const Chooser chooser{fraction, seed};
  EdgeSplit split;
  split.train.type_offsets = graph.type_offsets;
  split.train.item_users = graph.item_users;
  split.train.users = graph.users;
  for (const auto& relation : graph.relations)
    split.train.relations.push_back(Train(graph, relation, chooser));
  for (const LinkType& type : LinkTypes(graph))
    AddValidation(PairRows(graph, type), chooser, split.validation);
  return split;
}

}  // namespace cohear
