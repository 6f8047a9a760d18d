//   ChannelAffine(x, a, b) {axis}        becomes        x · Reshape(a) + Reshape(b)        both of shape [C, 1, …]
#include <memory>

#include "ops/normalization/channel_affine.h"
#include "ops/movement/reshape.h"
#include "passes/parts.h"

namespace mindird::passes {

Result<bool> decompose_channel_affine(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const TensorType type = graph.type(node.inputs[0]);
  const auto axis = normalize_axis(static_cast<const ops::ChannelAffine&>(*node.op).axis, type.shape.rank());
  if (!axis) return false;
  const DType wide = type.dtype == DType::kF64 ? DType::kF64 : DType::kF32;
  auto aligned = std::make_shared<ops::Reshape>();
  aligned->shape.assign(type.shape.rank() - *axis, 1);
  aligned->shape[0] = type.shape[*axis];

  Parts parts(graph, id);
  const auto parameter = [&](ir::ValueId v) { return parts.add(aligned, {parts.cast(v, wide)}); };
  const ir::ValueId scaled = parts.binary(ops::BinaryKind::kMul, parts.cast(node.inputs[0], wide), parameter(node.inputs[1]));
  const ir::ValueId y = parts.binary(ops::BinaryKind::kAdd, scaled, parameter(node.inputs[2]));
  return parts.finish(parts.cast(y, type.dtype));
}

}  // namespace mindird::passes
