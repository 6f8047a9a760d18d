// From a subgraph to a schedule: the engine's own passes, then planning.
#pragma once

#include "engines/cpu/build/planner.h"

namespace mindird::engines::cpu {

/// `record` gives choices and packed weights that are known and takes those that are made.
Result<std::shared_ptr<const Schedule>> make_schedule(ir::Graph graph, const BuildOptions& options, Record& record);

}  // namespace mindird::engines::cpu
