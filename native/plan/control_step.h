// If and Loop as steps of a plan: each of their graphs is compiled like a model, with passes, partitions and engines of its own, and run as the operator says.
#pragma once

#include <memory>

#include "plan/compile.h"

namespace mindird::plan {

/// The node of a graph that is nothing else than one operator of control flow whose sizes are known; kNone for any other graph.
ir::NodeId control_node(const ir::Graph& graph);

/// A graph for which control_node() gives a node. What is decided for its graphs lands in report["graphs"], one report each.
Result<std::shared_ptr<const engines::Executable>> compile_control(const ir::Graph& graph, const CompileOptions& options, Report& report);

}  // namespace mindird::plan
