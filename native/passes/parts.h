// Builds the basic operators a node is decomposed into.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "passes/pattern.h"

namespace mindird::passes {

/// Adds nodes with the origin of the node being decomposed. The first error makes all later steps do nothing; result()
/// tells it.
class Parts {
 public:
  Parts(ir::Graph& graph, ir::NodeId node) : graph_(graph), origin_(graph.node(node).origin), output_(graph.node(node).outputs[0]) {}

  ir::ValueId add(ir::OpPtr op, std::vector<ir::ValueId> inputs);
  ir::ValueId unary(ops::UnaryKind kind, ir::ValueId x) { return add(unary_op(kind), {x}); }
  ir::ValueId binary(ops::BinaryKind kind, ir::ValueId x, ir::ValueId y) { return add(binary_op(kind), {x, y}); }
  /// With a 0-d constant of x's type on the right.
  ir::ValueId binary(ops::BinaryKind kind, ir::ValueId x, double value) { return binary(kind, x, constant(value, x)); }
  ir::ValueId constant(double value, ir::ValueId like);
  /// True when `value` is a finite number in the type of `like`.
  bool fits(double value, ir::ValueId like) const;
  ir::ValueId cast(ir::ValueId x, DType to);

  /// Puts `y` in the place of the node's output and erases the node; or the first error.
  Result<bool> finish(ir::ValueId y);

 private:
  ir::Graph& graph_;
  std::string origin_;
  ir::ValueId output_;
  Status status_;
};

Result<bool> decompose_attention(ir::Graph& graph, ir::NodeId node);
Result<bool> decompose_layer_norm(ir::Graph& graph, ir::NodeId node);
Result<bool> decompose_channel_affine(ir::Graph& graph, ir::NodeId node);
Result<bool> decompose_unary(ir::Graph& graph, ir::NodeId node);

}  // namespace mindird::passes
