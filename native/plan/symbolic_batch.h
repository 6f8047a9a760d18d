// A batched model prepared at a batch size that is no bucket's but a placeholder: what engines with profiles build one executable from for all buckets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plan/compile.h"

namespace mindird::plan {

struct SymbolicBatch {
  std::vector<int64_t> rows;  // the buckets, ascending
  int64_t placeholder = 0;
  struct Part {
    size_t engine = 0;
    std::shared_ptr<const ir::Graph> graph;
    // Filled in by the first bucket: why the engine could not build it, or what it built.
    std::string failed;
    std::weak_ptr<const engines::Executable> built;
  };
  std::vector<Part> parts;  // in the order of the partitions
  std::string why;          // not empty: there are no parts
};

/// Lowers the model at the largest bucket, to choose the placeholder, and at the placeholder. A graph that cannot be prepared there leaves `why`.
std::shared_ptr<SymbolicBatch> make_symbolic_batch(const std::function<Result<ir::Graph>(int64_t rows)>& lower, std::vector<int64_t> rows, const CompileOptions& options);

/// The profiles for partition `index` of `count`, which is `subgraph` at options.rows, or why it must have an executable of its own.
struct ProfileChoice {
  std::shared_ptr<const engines::BatchProfiles> profiles;
  std::string why;
};
ProfileChoice choose_profiles(const CompileOptions& options, size_t index, size_t count, size_t engine, const ir::Graph& subgraph);

}  // namespace mindird::plan
