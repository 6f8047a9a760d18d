// From a subgraph to a program: the engine's own passes, then planning.
#pragma once

#include "engines/cpu/planner.h"

namespace mindird::engines::cpu {

/// `record` gives choices and packed weights that are known and takes those that are made.
Result<std::shared_ptr<const Program>> compile(ir::Graph graph, const BuildOptions& options, Record& record);

}  // namespace mindird::engines::cpu
