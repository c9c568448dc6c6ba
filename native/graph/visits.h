// Who interacted with what, each pair once: the histories made ready for counting pairs.
#pragma once
#include <span>
#include <vector>

#include "core/csr.h"

namespace cohear {

// Rows of (index, time): the items of each user, or the users of each item; indices ascending in a row.
struct Visits {
  std::vector<Offset> offsets;
  std::vector<Row> index;
  std::vector<double> time;  // of the user's latest event with the item, seconds
};

// Throws unless there is a finite time per event, ascending within each user.
void CheckTimes(const CsrView& histories, std::span<const double> times);

// The distinct items of each user; the max_history most recent of them (0 = all; of events at one time the
// later in the history is the more recent).
Visits VisitsByUser(const CsrView& histories, std::span<const double> times, size_t max_history);

// The same pairs by item.
Visits VisitsByItem(const Visits& by_user, size_t items);

}  // namespace cohear
