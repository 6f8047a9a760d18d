// Before an engine's no to an operator is taken: where it takes all of the operator's parts, the parts stand in for it.
#pragma once

#include <span>

#include "engines/engine.h"
#include "ir/graph.h"
#include "plan/compile.h"

namespace mindird::plan {

/// Replaces nodes that a preferred engine (any but the last) refuses, when it takes every node of their decomposition. `report` becomes a list of
/// {node, op, engine, why}.
Status decompose_refused(ir::Graph& graph, std::span<const engines::Engine* const> engines, Report& report);

}  // namespace mindird::plan
