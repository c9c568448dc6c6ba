// A 0/1 matrix of users by items, by rows and by columns.
#pragma once
#include <vector>

#include "core/csr.h"

namespace cohear {

class Interactions {
 public:
  Interactions() = default;
  // Copies the rows. Throws unless they are a CSR over `items` columns, each row ascending without repeats.
  Interactions(const CsrView& by_user, size_t items);

  size_t users() const { return user_offsets_.size() - 1; }
  size_t items() const { return item_offsets_.size() - 1; }
  CsrView by_user() const { return {user_offsets_, user_items_}; }
  CsrView by_item() const { return {item_offsets_, item_users_}; }  // users ascending
  size_t bytes() const { return 16 * user_items_.size() / 2 + 8 * (users() + items() + 2); }

 private:
  std::vector<Offset> user_offsets_{0}, item_offsets_{0};
  std::vector<Row> user_items_, item_users_;
};

}  // namespace cohear
