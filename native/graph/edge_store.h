// The edges of a graph while it is being made: rows come in grains, in order, and are held in memory until
// they are written out or all are there.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/spill_file.h"
#include "graph/graph.h"

namespace cohear {

// Edges of one relation, row after row.
struct Edges {
  std::vector<Row> indices;
  std::vector<uint32_t> counts;
  std::vector<float> scores;  // where the graph has them
  std::vector<double> last_times;

  size_t size() const { return indices.size(); }
  void Clear();
};
inline constexpr size_t kMostBytesOfEdge = sizeof(Row) + sizeof(uint32_t) + sizeof(float) + sizeof(double);

// One relation's edges. One thread at a time.
class EdgeStore {
 public:
  explicit EdgeStore(std::vector<Offset> offsets_of_no_edges) : offsets_(std::move(offsets_of_no_edges)) {}

  // The grain's rows end at ends[i] edges of its own.
  void Add(size_t first_row, std::span<const uint32_t> ends, Edges edges);
  // Appends what is held to files in the folder and frees it.
  void Spill(const std::string& folder);
  // The relation, of what is held in memory (nothing may have been spilled). Ends the store.
  Relation Join(uint32_t source, uint32_t destination);

  size_t bytes() const { return bytes_; }  // held in memory
  std::span<const Offset> offsets() const { return offsets_; }
  struct Files {
    SpillFile indices, counts, scores, last_times;
    explicit Files(const std::string& folder)
        : indices(folder), counts(folder), scores(folder), last_times(folder) {}
  };
  const Files* files() const { return files_.get(); }  // after Spill

 private:
  std::vector<Offset> offsets_;
  std::vector<Edges> grains_;
  size_t bytes_ = 0;
  std::unique_ptr<Files> files_;
};

}  // namespace cohear
