#include "tensor/strided.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/pool.h"

namespace cohear {
namespace {

constexpr int64_t kGrain = 1 << 14;  // elements
constexpr int64_t kTile = 32;        // of a transposition
constexpr int64_t kMost = int64_t{1} << 40;

void Check(size_t from_size, int64_t from_start, size_t to_size, int64_t to_start,
           const std::vector<StridedAxis>& axes) {
  // In double: exact as far as sizes go, and no product overflows.
  double from_low = static_cast<double>(from_start), from_high = from_low;
  double to_low = static_cast<double>(to_start), to_high = to_low;
  for (const auto& [size, from, to] : axes) {
    COHEAR_REQUIRE(size >= 1 && size < kMost && std::abs(from) < kMost && to > 0 && to < kMost, Code::kShape,
                   "copy: an axis of " << size << " with steps " << from << " and " << to << " cannot be");
    const double steps = static_cast<double>(size - 1);
    (from < 0 ? from_low : from_high) += steps * static_cast<double>(from);
    to_high += steps * static_cast<double>(to);
  }
  COHEAR_REQUIRE(from_low >= 0 && from_high < static_cast<double>(from_size) && to_low >= 0 &&
                     to_high < static_cast<double>(to_size),
                 Code::kShape,
                 "copy: elements " << from_low << " to " << from_high << " of " << from_size << " into "
                                   << to_low << " to " << to_high << " of " << to_size);
}

// Writing in order, with as few axes as say the same.
std::vector<StridedAxis> Simplify(std::vector<StridedAxis> axes) {
  std::erase_if(axes, [](const StridedAxis& axis) { return axis.size == 1; });
  std::stable_sort(axes.begin(), axes.end(),
                   [](const StridedAxis& a, const StridedAxis& b) { return a.to > b.to; });
  std::vector<StridedAxis> result;
  for (const StridedAxis& axis : axes) {
    if (!result.empty()) {
      StridedAxis& outer = result.back();
      COHEAR_REQUIRE(outer.to / axis.to >= axis.size, Code::kShape,
                     "copy: two elements would go to the same place");
      if (outer.to == axis.to * axis.size && outer.from == axis.from * axis.size) {
        outer = {outer.size * axis.size, axis.from, axis.to};
        continue;
      }
    }
    result.push_back(axis);
  }
  if (result.empty()) result.push_back({1, 1, 1});
  return result;
}

template <class T>
void CopyRow(const T* from, T* to, const StridedAxis& axis, int64_t begin, int64_t end) {
  if (axis.to == 1 && axis.from == 1) {
    std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin) * sizeof(T));
  } else if (axis.to == 1 && axis.from == 0) {
    std::fill(to + begin, to + end, *from);
  } else {
    for (int64_t i = begin; i < end; ++i) to[i * axis.to] = from[i * axis.from];
  }
}

// Where the i-th combination of the outer axes lies.
struct Place {
  int64_t from, to;
};
Place PlaceOf(std::span<const StridedAxis> outer, int64_t index) {
  Place place{0, 0};
  for (size_t a = outer.size(); a-- > 0;) {
    const int64_t at = index % outer[a].size;
    index /= outer[a].size;
    place.from += at * outer[a].from;
    place.to += at * outer[a].to;
  }
  return place;
}

int64_t CountOf(std::span<const StridedAxis> axes) {
  int64_t count = 1;
  for (const StridedAxis& axis : axes) count *= axis.size;
  return count;
}

// One axis is read in order, another is written in order: square by square, so that both stay in cache.
template <class T>
void TransposeSquares(const T* from, T* to, std::span<const StridedAxis> outer, const StridedAxis& read,
                      const StridedAxis& written) {
  const int64_t strips = (read.size + kTile - 1) / kTile, count = CountOf(outer) * strips;
  const auto grain = static_cast<size_t>(std::max<int64_t>(1, kGrain / (kTile * written.size)));
  ParallelFor(static_cast<size_t>(count), grain, [&](size_t first, size_t last) {
    for (auto i = static_cast<int64_t>(first); i < static_cast<int64_t>(last); ++i) {
      const Place place = PlaceOf(outer, i / strips);
      const int64_t row = i % strips * kTile, end = std::min(read.size, row + kTile);
      for (int64_t column = 0; column < written.size; column += kTile) {
        const int64_t stop = std::min(written.size, column + kTile);
        for (int64_t r = row; r < end; ++r) {
          const T* source = from + place.from + r;
          T* target = to + place.to + r * read.to;
          for (int64_t c = column; c < stop; ++c) target[c] = source[c * written.from];
        }
      }
    }
  });
}

template <class T>
void CopyRows(const T* from, T* to, std::span<const StridedAxis> outer, const StridedAxis& inner) {
  const int64_t pieces = (inner.size + kGrain - 1) / kGrain, count = CountOf(outer) * pieces;
  const auto grain = static_cast<size_t>(std::max<int64_t>(1, kGrain / inner.size));
  ParallelFor(static_cast<size_t>(count), grain, [&](size_t first, size_t last) {
    for (auto i = static_cast<int64_t>(first); i < static_cast<int64_t>(last); ++i) {
      const Place place = PlaceOf(outer, i / pieces);
      const int64_t begin = i % pieces * kGrain;
      CopyRow(from + place.from, to + place.to, inner, begin, std::min(inner.size, begin + kGrain));
    }
  });
}

template <class T>
void Copy(const T* from, T* to, std::vector<StridedAxis> axes) {
  const StridedAxis inner = axes.back();
  axes.pop_back();
  if (inner.to == 1 && inner.from != 1 && inner.from != 0) {
    const auto read =
        std::find_if(axes.begin(), axes.end(), [](const StridedAxis& axis) { return axis.from == 1; });
    if (read != axes.end() && read->size >= 8 && inner.size >= 8) {
      const StridedAxis lines = *read;
      axes.erase(read);
      return TransposeSquares(from, to, axes, lines, inner);
    }
  }
  CopyRows(from, to, axes, inner);
}

}  // namespace

void CopyStrided(std::span<const std::byte> from, int64_t from_start, std::span<std::byte> to,
                 int64_t to_start, std::vector<StridedAxis> axes, size_t element_bytes) {
  COHEAR_REQUIRE(element_bytes == 4 || element_bytes == 1, Code::kDtype,
                 "copy: elements of " << element_bytes << " bytes, want 1 or 4");
  if (std::any_of(axes.begin(), axes.end(), [](const StridedAxis& axis) { return axis.size == 0; })) return;
  Check(from.size() / element_bytes, from_start, to.size() / element_bytes, to_start, axes);
  axes = Simplify(std::move(axes));
  if (element_bytes == 4) {
    Copy(reinterpret_cast<const uint32_t*>(from.data()) + from_start,
         reinterpret_cast<uint32_t*>(to.data()) + to_start, std::move(axes));
  } else {
    Copy(reinterpret_cast<const uint8_t*>(from.data()) + from_start,
         reinterpret_cast<uint8_t*>(to.data()) + to_start, std::move(axes));
  }
}

void Pad(std::span<const std::byte> from, std::span<const std::byte> value, std::span<std::byte> to,
         const std::vector<PaddedAxis>& axes, size_t element_bytes) {
  const size_t rank = axes.size();
  std::vector<StridedAxis> inside(rank);  // the box of `from`, and where it lies in `to`
  int64_t from_step = 1, to_step = 1, start = 0;
  for (size_t a = rank; a-- > 0;) {
    const auto& [size, before, after] = axes[a];
    COHEAR_REQUIRE(size >= 0 && before >= 0 && after >= 0, Code::kShape,
                   "pad: an axis of " << size << " with " << before << " before and " << after << " after");
    inside[a] = {size, from_step, to_step};
    start += before * to_step;
    from_step *= size;
    to_step *= before + size + after;
  }
  CopyStrided(from, 0, to, start, inside, element_bytes);
  // The border, axis by axis: before and after on this one, inside on those before it, all of those after it.
  int64_t outer_start = 0;
  for (size_t a = 0; a < rank; ++a) {
    std::vector<StridedAxis> slab = inside;
    for (StridedAxis& axis : slab) axis.from = 0;
    for (size_t b = a + 1; b < rank; ++b) slab[b].size += axes[b].before + axes[b].after;
    const int64_t step = inside[a].to;
    slab[a].size = axes[a].before;
    CopyStrided(value, 0, to, outer_start, slab, element_bytes);
    slab[a].size = axes[a].after;
    CopyStrided(value, 0, to, outer_start + (axes[a].before + axes[a].size) * step, slab, element_bytes);
    outer_start += axes[a].before * step;
  }
}

}  // namespace cohear
