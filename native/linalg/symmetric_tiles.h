// A symmetric matrix of which only the lower half is kept, in square tiles: half the memory of a square, and
// every product on it is a product of tiles.
#pragma once
#include <memory>
#include <vector>

#include "core/watch.h"

namespace cohear {

class SymmetricTiles {
 public:
  // Zeros. Beyond n the diagonal is padded with ones, so that whole tiles can be factored.
  explicit SymmetricTiles(size_t n, size_t tile = 512);

  static size_t Bytes(size_t n, size_t tile = 512);

  size_t n() const { return n_; }
  size_t tile() const { return tile_; }
  size_t blocks() const { return blocks_; }
  // Rows [i tile, (i + 1) tile), columns [j tile, (j + 1) tile), row-major; i >= j.
  float* Tile(size_t i, size_t j) { return tiles_[i * (i + 1) / 2 + j].get(); }
  const float* Tile(size_t i, size_t j) const { return tiles_[i * (i + 1) / 2 + j].get(); }
  // An entry of the lower half: row >= column.
  float& Lower(size_t row, size_t column) {
    return Tile(row / tile_, column / tile_)[row % tile_ * tile_ + column % tile_];
  }
  float At(size_t row, size_t column) const {
    if (row < column) std::swap(row, column);
    return Tile(row / tile_, column / tile_)[row % tile_ * tile_ + column % tile_];
  }
  void AddRow(size_t row, float weight, float* out) const;  // out[0, n) += weight * row

 private:
  size_t n_, tile_, blocks_;
  std::vector<std::unique_ptr<float[]>> tiles_;
};

// Replaces a positive definite matrix by its inverse, in place: A = L L', W = 1 / L, 1 / A = W' W, each in
// tiles through the GEMM provider. n^3 multiply-adds; one more column of tiles of memory. The same bits at
// any number of threads. Throws kValue where the matrix is not positive definite. Steps: blocks() x 3.
void InvertPositiveDefinite(SymmetricTiles& a, const Watch& watch = {});

// A = L L' of one small matrix, row-major, in place; the upper half becomes zero. False where A is not
// positive definite.
bool CholeskyInPlace(float* a, size_t n);
// inverse = 1 / L for a lower triangle L; both [n, n].
void InvertLower(const float* lower, size_t n, float* inverse);

}  // namespace cohear
