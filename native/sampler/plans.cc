#include "sampler/plans.h"

#include <algorithm>

#include "core/prefetch.h"

namespace cohear {
namespace {

constexpr size_t kOffsetsAhead = 48;  // nodes whose offsets are asked for ahead
constexpr size_t kSearchAhead = 16;   // nodes whose list is asked for ahead where it will be searched

// How many of the ascending times are before `time`. With branches: one that is guessed reads ahead.
uint32_t Older(std::span<const double> times, double time) {
  return static_cast<uint32_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
}

}  // namespace

Plans::Plans(const Graph& graph, const Relation& relation, const NeighborLists& lists,
             const Exclusions& exclusions, const SampleModes& modes)
    : lists_(lists),
      exclusions_(exclusions),
      before_(modes.before),
      first_(graph.type_offsets[relation.destination_type]),
      source_first_(graph.type_offsets[relation.source_type]),
      source_last_(graph.type_offsets[relation.source_type + 1]),
      timed_(modes.index != nullptr && modes.index->timed()),
      keep_lengths_(timed_ && modes.index->weighted() && !modes.recent) {}

void Plans::Resize(size_t nodes) {
  of_.resize(nodes);
  if (keep_lengths_) lengths_.resize(nodes);
  barred_.resize((nodes + kRun - 1) / kRun);
}

void Plans::Make(size_t begin, size_t end, std::span<const Row> nodes, std::span<const uint32_t> trees) {
  auto& barred = barred_[begin / kRun];
  begin = std::max(begin, made_);
  const auto ask_for_offsets = [&](size_t i) {
    const Offset* offset = &lists_.offsets[nodes[i] - first_];
    Prefetch(offset);
    Prefetch(offset + 1);  // on the next line for one node in eight
  };
  for (size_t i = begin; i < std::min(end, begin + kOffsetsAhead); ++i) ask_for_offsets(i);
  for (size_t i = begin; i < end; ++i) {
    if (i + kOffsetsAhead < end) ask_for_offsets(i + kOffsetsAhead);
    if (i + kSearchAhead < end) {
      const Row ahead = nodes[i + kSearchAhead];
      const Offset from = lists_.offsets[ahead - first_], to = lists_.offsets[ahead - first_ + 1];
      if (timed_) PrefetchSearch(lists_.times.subspan(from, to - from));
      if (exclusions_.May(ahead)) PrefetchSearch(lists_.rows.subspan(from, to - from));
    }
    const size_t row = nodes[i] - first_;
    const uint32_t length = static_cast<uint32_t>(lists_.offsets[row + 1] - lists_.offsets[row]);
    Plan& plan = of_[i];
    plan = {lists_.offsets[row], length, 0};
    if (keep_lengths_) lengths_[i] = length;
    if (timed_) {
      const double before = before_.size() == 1 ? before_[0] : before_[trees[i]];
      plan.degree = Older(lists_.times.subspan(plan.begin, length), before);
    }
    if (exclusions_.May(nodes[i])) {
      const size_t had = barred.size();
      exclusions_.Positions(nodes[i], source_first_, source_last_,
                            lists_.rows.subspan(plan.begin, plan.degree), !timed_, barred);
      plan.excluded = static_cast<uint32_t>(barred.size() - had);
    }
  }
}

}  // namespace cohear
