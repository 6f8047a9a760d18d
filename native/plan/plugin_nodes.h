// Plugin nodes have one engine that can run them and nothing to fall back to, so that a model is refused with the
// reason of that engine.
#pragma once

#include <span>

#include "partition/partition.h"

namespace mindird::plan {

/// UNSUPPORTED when a Plugin node is left to an engine that cannot run it: names the node, and why the engine that
/// could does not take it.
Status check_plugins(const ir::Graph& graph, const partition::Assignment& assignment, std::span<const engines::Engine* const> engines);

/// Whether the graph has nodes that no other engine can run.
bool has_plugins(const ir::Graph& graph);

}  // namespace mindird::plan
