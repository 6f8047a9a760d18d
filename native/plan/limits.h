// How much one execution of a graph may need. A file of a few hundred bytes can describe tensors of gigabytes and hours of arithmetic;
// what is beyond the limits is refused before anything is allocated, built or run for it.
#pragma once

#include <cstddef>

#include "base/run_limits.h"
#include "base/status.h"
#include "ir/graph.h"

namespace mindird::plan {

struct Limits {
  /// Bytes of the tensors one node reads and writes, constants apart; 0: no limit.
  size_t memory = 0;
  /// Multiply-adds, or comparable work, of all nodes together, one round of each loop; 0: no limit.
  double work = 0;
  /// Rounds of all loops in one run.
  int64_t loop_steps = kDefaultLoopSteps;
};

/// TOO_LARGE, naming the node and the setting, when a graph with concrete shapes exceeds a limit.
Status check_limits(const ir::Graph& graph, const Limits& limits);

}  // namespace mindird::plan
