// Nodes as users name them.
#pragma once

#include <string_view>

#include "base/pattern.h"
#include "ir/graph.h"

namespace mindird::ir {

/// True for the node's name or a pattern of it, and for the name of its operator.
inline bool names_node(std::string_view entry, const Node& node) { return entry == node.op->id() || matches_pattern(entry, node.origin); }

}  // namespace mindird::ir
