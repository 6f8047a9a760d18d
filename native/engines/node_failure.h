// Which node of a subgraph an engine could not build, told in the message of the failure, since messages are what comes back from a builder's process.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::engines {

/// The failure of a node's own: `node "ORIGIN" (OP): WHY`.
Status at_node(Status why, const ir::Node& node);

/// A node by what is the same in every graph that it is part of.
struct NodeName {
  std::string origin;
  std::string op;
  bool names(const ir::Node& node) const { return node.origin == origin && node.op->id() == op; }
};

/// The node that at_node() put into the message, wherever in it that stands; nothing where there is none.
std::optional<NodeName> failed_node(const Status& failure);

}  // namespace mindird::engines
