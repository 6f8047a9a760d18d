//   LayerNorm(x, gamma, beta)        becomes        d = x - mean(x)        y = d / √(mean(d²) + ε) · gamma + beta
//
// 16-bit types are widened to float32 in between, since the mean of squares leaves the range of float16.
#include <memory>

#include "ops/normalization/layer_norm.h"
#include "ops/reduction/reduce.h"
#include "passes/parts.h"

namespace mindird::passes {

Result<bool> decompose_layer_norm(ir::Graph& graph, ir::NodeId id) {
  using ops::BinaryKind;
  const ir::Node node = graph.node(id);
  const auto& op = static_cast<const ops::LayerNorm&>(*node.op);
  const TensorType type = graph.type(node.inputs[0]);
  const auto begin = normalize_axis(op.begin_axis, type.shape.rank());
  if (!begin) return false;
  const DType wide = type.dtype == DType::kF64 ? DType::kF64 : DType::kF32;
  auto mean = std::make_shared<ops::Reduce>();
  mean->kind = ops::ReduceKind::kMean;
  mean->keep_dims = true;
  for (size_t i = *begin; i < type.shape.rank(); ++i) mean->axes.push_back(static_cast<int64_t>(i));

  Parts parts(graph, id);
  const ir::ValueId x = parts.cast(node.inputs[0], wide);
  const ir::ValueId centred = parts.binary(BinaryKind::kSub, x, parts.add(mean, {x}));
  const ir::ValueId variance = parts.add(mean, {parts.unary(ops::UnaryKind::kSquare, centred)});
  const ir::ValueId root = parts.unary(ops::UnaryKind::kSqrt, parts.binary(BinaryKind::kAdd, variance, op.epsilon));
  ir::ValueId y = parts.binary(BinaryKind::kDiv, centred, root);
  y = parts.binary(BinaryKind::kMul, y, parts.cast(node.inputs[1], wide));
  y = parts.binary(BinaryKind::kAdd, y, parts.cast(node.inputs[2], wide));
  return parts.finish(parts.cast(y, type.dtype));
}

}  // namespace mindird::passes
