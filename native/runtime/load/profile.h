// Runs a compiled plan with the steps timed.
#pragma once

#include <string>

#include "base/status.h"
#include "plan/execution_plan.h"

namespace mindird::runtime {

struct ProfileOptions {
  int threads = 1;
  /// How long it is run; at least a few times, whatever that takes.
  double seconds = 2;
};

/**
 * JSON: `threads`, `runs`, `total_ns` (median of whole runs), `peaks` (operations and bytes a second; absent where no engine uses the processors) and
 * `partitions`, each with its `engine`, `ns` (median), `steps` (text, median and least `ns`, `threads` and index of its `work` where the engine knows) and
 * `work` (nodes of the file, operations, bytes, chosen kernel and its rivals with their times). Inputs are pseudo-random, integers zero; the plan must keep
 * them from run to run.
 */
Result<std::string> profile(const plan::ExecutionPlan& plan, const ProfileOptions& options);

}  // namespace mindird::runtime
