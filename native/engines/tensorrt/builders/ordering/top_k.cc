#include "ops/ordering/top_k.h"

#include "base/strings.h"
#include "engines/tensorrt/best_of.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (static_cast<const ops::TopK&>(*node.op).k > kMostInOrder) return Verdict::refuse(str("k is above ", kMostInOrder));
  if (Verdict axis = takes_axis(graph, node, static_cast<const ops::TopK&>(*node.op).axis); !axis.yes) return axis;
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::TopK>();
  return build_best_of(b, op.axis, op.largest, op.k);
}

REGISTER_BUILDER(TopK, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
