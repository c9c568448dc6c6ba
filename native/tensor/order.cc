#include "tensor/order.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr size_t kGrain = 1 << 15;

size_t RowsOfGrain(size_t columns) { return std::max<size_t>(1, kGrain / std::max<size_t>(1, columns)); }

}  // namespace

void ArgBestRows(std::span<const float> x, size_t columns, bool least, std::span<int32_t> out) {
  COHEAR_REQUIRE(columns > 0 && columns <= INT32_MAX && x.size() == out.size() * columns, Code::kShape,
                 "argMax: " << x.size() << " numbers are not " << out.size() << " rows of " << columns);
  ParallelFor(out.size(), RowsOfGrain(columns), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const float* from = x.data() + row * columns;
      size_t best = 0;
      for (size_t c = 1; c < columns; ++c)
        if (least ? from[c] < from[best] : from[c] > from[best]) best = c;
      out[row] = static_cast<int32_t>(best);
    }
  });
}

void TopKRows(std::span<const float> x, size_t columns, size_t k, std::span<float> values,
              std::span<int32_t> indices) {
  COHEAR_REQUIRE(
      columns > 0 && columns <= INT32_MAX && x.size() % columns == 0 && k <= columns, Code::kShape,
      "topk: want the " << k << " greatest of " << columns << " columns of " << x.size() << " numbers");
  const size_t rows = x.size() / columns;
  COHEAR_REQUIRE(values.size() == rows * k && indices.size() == rows * k, Code::kShape,
                 "topk: outputs have " << values.size() << " and " << indices.size() << " numbers, want "
                                       << rows << " x " << k);
  ParallelFor(rows, RowsOfGrain(columns), [&](size_t begin, size_t end) {
    std::vector<int32_t> order(columns);
    for (size_t row = begin; row < end; ++row) {
      const float* from = x.data() + row * columns;
      std::iota(order.begin(), order.end(), 0);
      const auto before = [&](int32_t a, int32_t b) {
        const bool a_number = from[a] == from[a], b_number = from[b] == from[b];
        if (a_number != b_number) return a_number;
        if (a_number && from[a] != from[b]) return from[a] > from[b];
        return a < b;
      };
      const auto middle = order.begin() + static_cast<std::ptrdiff_t>(k);
      if (k < columns) std::nth_element(order.begin(), middle, order.end(), before);
      std::sort(order.begin(), middle, before);
      for (size_t i = 0; i < k; ++i) {
        values[row * k + i] = from[order[i]];
        indices[row * k + i] = order[i];
      }
    }
  });
}

}  // namespace cohear
