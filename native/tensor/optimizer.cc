#include "tensor/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/pool.h"
#include "core/simd.h"

namespace cohear {

COHEAR_SIMD double SumOfSquares(const float* x, size_t size) {
  double lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= size; i += 16)
    for (size_t lane = 0; lane < 16; ++lane) lanes[lane] += double{x[i + lane]} * x[i + lane];
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += double{x[i]} * x[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

namespace {

constexpr size_t kPiece = 16384;

struct Piece {
  size_t array, begin, size;
};

std::vector<Piece> Cut(const Arrays& arrays) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < arrays.size(); ++i)
    for (size_t begin = 0; begin < arrays[i].size(); begin += kPiece)
      pieces.push_back({i, begin, std::min(kPiece, arrays[i].size() - begin)});
  return pieces;
}

}  // namespace

void ForEachPiece(const Arrays& arrays, const std::function<void(size_t, size_t, size_t)>& body) {
  const std::vector<Piece> pieces = Cut(arrays);
  ParallelFor(pieces.size(), 1,
              [&](size_t i, size_t) { body(pieces[i].array, pieces[i].begin, pieces[i].size); });
}

double GlobalNorm(const Arrays& arrays) {
  const std::vector<Piece> pieces = Cut(arrays);
  std::vector<double> sums(pieces.size());
  ParallelFor(pieces.size(), 1, [&](size_t i, size_t) {
    sums[i] = SumOfSquares(arrays[pieces[i].array].data() + pieces[i].begin, pieces[i].size);
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return std::sqrt(sum);
}

}  // namespace cohear
