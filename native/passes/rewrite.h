// Small steps that passes are made of: visiting nodes, replacing values, asking what produced a value.
#pragma once

#include <memory>
#include <utility>

#include "ir/graph.h"

namespace mindird::passes {

/// True when the types of all inputs and outputs of a node are known; passes leave other nodes alone.
bool known_types(const ir::Graph& graph, ir::NodeId node);

/// All uses of `from` become uses of `to`; what computed `from` is erased as far as nothing else needs it. `to` must
/// not depend on `from`.
void replace(ir::Graph& graph, ir::ValueId from, ir::ValueId to);

/// The operator that produced a value as T, or null when something else did.
template <class T>
const T* produced_by(const ir::Graph& graph, ir::ValueId value) {
  const ir::NodeId node = graph.value(value).producer;
  return node == ir::kNone ? nullptr : ir::op_cast<T>(*graph.node(node).op);
}

/// The node that produced a value; only for values that have one.
inline const ir::Node& producer(const ir::Graph& graph, ir::ValueId value) { return graph.node(graph.value(value).producer); }

/// A changed copy of an operator, ready for Graph::set_op or Graph::add.
template <class T, class F>
ir::OpPtr changed_copy(const T& op, F&& change) {
  auto copy = std::make_shared<T>(op);
  change(*copy);
  return copy;
}

/// Calls `visit(node)` (a Result<bool>: did it change the graph?) for all nodes with known types that live when their
/// turn comes, producers first. Nodes added meanwhile wait for the next round.
template <class F>
Result<bool> visit_nodes(ir::Graph& graph, F&& visit) {
  bool changed = false;
  for (const ir::NodeId node : graph.topological_order()) {
    if (!graph.node(node).alive || !known_types(graph, node)) continue;
    TRY_ASSIGN(const bool step, visit(node));
    changed = changed || step;
  }
  return changed;
}

}  // namespace mindird::passes
