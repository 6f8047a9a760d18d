// Lists of nodes as users write them.
#pragma once

#include <string_view>

#include "ir/graph.h"

namespace mindird::passes {

/// True when the whole text fits the pattern, in which `*` stands for any characters.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// True for the node's name or a pattern of it, and for the name of its operator.
inline bool names_node(std::string_view entry, const ir::Node& node) {
  return entry == node.op->id() || matches_pattern(entry, node.origin);
}

}  // namespace mindird::passes
