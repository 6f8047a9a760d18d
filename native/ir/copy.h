// Copies of graphs with other borders.
#pragma once

#include <span>
#include <string>

#include "ir/graph.h"

namespace mindird::ir {

struct CopiedInput {
  ValueId from = kNone;  // what it is in the graph that is copied; kNone: nothing there, so that nobody reads it
  std::string name;
  TensorType type;
};

/// The same living nodes with these inputs and outputs. Every value that the nodes and outputs need is a constant, computed, or among the inputs.
Graph copy_with_borders(const Graph& graph, std::span<const CopiedInput> inputs, std::span<const ValueId> outputs);

}  // namespace mindird::ir
