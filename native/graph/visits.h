// Who interacted with what, each pair once: the histories made ready for counting pairs.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/csr.h"

namespace cohear {

// Per event, besides what histories say. Weights of the same pair: the greatest counts.
struct EventWeights {
  std::span<const float> weights = {};  // one per event, finite and 0 or more; empty = 1 each
  double half_life = 0;                 // seconds after which a shared user counts half; 0 = no decay
  double now = 0;                       // the age of an event is now - its time, 0 at least

  bool any() const { return !weights.empty() || half_life > 0; }
};

// A time as the graph is counted with. Nearly every log has whole seconds, which fit 32 bits after their
// first: half the bytes of a double, and they are what counting is short of.
struct Seconds32 {
  using Value = uint32_t;
  static constexpr Value kNever = 0;
  double base = 0;
  Value From(double seconds) const { return static_cast<Value>(seconds - base); }
  double To(Value value) const { return base + value; }
};
struct Seconds64 {
  using Value = double;
  static constexpr Value kNever = -__builtin_inf();
  Value From(double seconds) const { return seconds; }
  double To(Value value) const { return value; }
};
// Whether Seconds32 holds these times exactly.
bool Fit32(std::span<const double> times);

// The user's latest event with an item (`other` is the item, or the user where rows are items).
template <class Clock, bool kWeighted>
struct Visit;
template <class Clock>
struct Visit<Clock, false> {
  Row other;
  typename Clock::Value time;
  static constexpr float weight = 1;
};
template <class Clock>
struct Visit<Clock, true> {
  Row other;
  typename Clock::Value time;
  float weight;
};

// Rows of visits; `other` ascending in a row.
template <class V>
struct Visits {
  std::vector<Offset> offsets;
  std::vector<V> visits;

  size_t rows() const { return offsets.size() - 1; }
  std::span<const V> operator[](size_t row) const {
    return {visits.data() + offsets[row], visits.data() + offsets[row + 1]};
  }
};

// Throws unless there is a finite time per event, ascending within each user, and weights are sound.
void CheckEvents(const CsrView& histories, std::span<const double> times, const EventWeights& weights);

// The distinct items of each user; the max_history most recent of them (0 = all; of events at one time the
// later in the history is the more recent).
template <class Clock, bool kWeighted>
Visits<Visit<Clock, kWeighted>> VisitsByUser(const CsrView& histories, std::span<const double> times,
                                             const EventWeights& weights, size_t max_history,
                                             const Clock& clock);

// The same pairs by item.
template <class V>
Visits<V> VisitsByItem(const Visits<V>& by_user, size_t items);

}  // namespace cohear
