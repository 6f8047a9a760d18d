#include "ops/ordering/sort.h"

#include "base/strings.h"
#include "engines/tensorrt/best_of.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

int64_t axis_size(const ir::Graph& graph, const ir::Node& node) {
  const Shape& shape = graph.type(node.inputs[0]).shape;
  return shape[*normalize_axis(static_cast<const ops::Sort&>(*node.op).axis, shape.rank())];
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (graph.type(node.inputs[0]).shape.rank() == 0) return Verdict::refuse("a scalar");
  const int64_t size = axis_size(graph, node);
  if (size > kMostInOrder) return Verdict::refuse(str(size, " elements, TensorRT sorts at most ", kMostInOrder));
  if (Verdict axis = takes_axis(graph, node, static_cast<const ops::Sort&>(*node.op).axis); !axis.yes) return axis;
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

/// The best k of k are all of them in order.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Sort>();
  return build_best_of(b, op.axis, op.descending, axis_size(b.graph(), b.node()));
}

REGISTER_BUILDER(Sort, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
