// A batched model prepared at a batch size that is no bucket's but a placeholder: what engines with profiles build one executable from for all buckets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plan/compile.h"

namespace mindird::plan {

/// The model's graph at concrete batch sizes, and at others where it can.
using LowerRows = std::function<Result<ir::Graph>(int64_t rows)>;

struct SymbolicBatch {
  std::vector<int64_t> rows;  // the buckets, ascending
  int64_t placeholder = 0;
  /// Through the passes, its nodes partition by partition.
  std::shared_ptr<const ir::Graph> graph;
  struct Part {
    size_t engine = 0;
    std::shared_ptr<const ir::Graph> graph;
    // Filled in by the first bucket: why the engine could not build it, or what it built.
    std::string failed;
    std::weak_ptr<const engines::Executable> built;
  };
  std::vector<Part> parts;  // in the order of the partitions
  std::string why;          // not empty: there are no parts
  /// Not empty: fills in graph and parts, or `why`, which is done when they are first asked for.
  std::function<void(SymbolicBatch&)> pending;

  void fill() {
    if (const auto fill = std::exchange(pending, nullptr)) fill(*this);
  }
};

/// Lowers the model, when it comes to that, at the placeholder: the one given, or when that is 0 one chosen for the graph of the largest bucket. A graph
/// that cannot be prepared there leaves `why`. `lower` is used as long as the result lives.
std::shared_ptr<SymbolicBatch> make_symbolic_batch(LowerRows lower, std::vector<int64_t> rows, const CompileOptions& options, int64_t placeholder = 0);

/// The profiles for partition `index` of `count`, which is `subgraph` at options.rows, or why it must have an executable of its own.
struct ProfileChoice {
  std::shared_ptr<const engines::BatchProfiles> profiles;
  std::string why;
};
ProfileChoice choose_profiles(const CompileOptions& options, size_t index, size_t count, size_t engine, const ir::Graph& subgraph);

}  // namespace mindird::plan
