// What optimisers share: arrays of many parameters worked on in pieces of a fixed size, and their global
// norm.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace cohear {

using Arrays = std::vector<std::span<const float>>;

// Calls body(array, begin, size) for every piece of every array, in parallel.
void ForEachPiece(const Arrays& arrays,
                  const std::function<void(size_t array, size_t begin, size_t size)>& body);

// The Euclidean norm of all of them together, added in double, in a fixed order.
double GlobalNorm(const Arrays& arrays);

// What gradients of norm `norm` are multiplied with so that it is at most `most`; 1 where most is 0.
inline float ClipScale(double norm, double most) {
  return most > 0 && norm > most ? static_cast<float>(most / norm) : 1.0f;
}

}  // namespace cohear
