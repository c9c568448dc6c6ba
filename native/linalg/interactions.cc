#include "linalg/interactions.h"

namespace cohear {

Interactions::Interactions(const CsrView& by_user, size_t items)
    : user_offsets_(by_user.offsets.begin(), by_user.offsets.end()),
      user_items_(by_user.indices.begin(), by_user.indices.end()) {
  CheckCsr(by_user, items, "interactions");
  for (size_t user = 0; user < by_user.rows(); ++user) {
    const auto row = by_user[user];
    for (size_t i = 1; i < row.size(); ++i) {
      COHEAR_REQUIRE(row[i - 1] < row[i], Code::kValue,
                     "interactions: the items of user " << user << " are not ascending, or repeat");
    }
  }
  item_offsets_.assign(items + 1, 0);
  for (const Row item : user_items_) ++item_offsets_[item + 1];
  for (size_t i = 0; i < items; ++i) item_offsets_[i + 1] += item_offsets_[i];
  item_users_.resize(user_items_.size());
  std::vector<Offset> next(item_offsets_.begin(), item_offsets_.end() - 1);
  for (size_t user = 0; user < by_user.rows(); ++user) {
    for (const Row item : by_user[user]) item_users_[next[item]++] = static_cast<Row>(user);
  }
}

}  // namespace cohear
