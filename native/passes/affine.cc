#include "passes/affine.h"

#include <algorithm>

#include "ops/elementwise/binary.h"
#include "ops/normalization/channel_affine.h"
#include "passes/constants.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;

std::optional<Affine> of_channel_affine(const ir::Graph& graph, const ir::Node& node, const ops::ChannelAffine& op, size_t axis) {
  const auto own = normalize_axis(op.axis, graph.type(node.inputs[0]).shape.rank());
  if (own != axis || !graph.is_constant(node.inputs[1]) || !graph.is_constant(node.inputs[2])) return std::nullopt;
  auto scale = values_of(*graph.value(node.inputs[1]).constant);
  auto shift = values_of(*graph.value(node.inputs[2]).constant);
  if (!scale || !shift) return std::nullopt;
  return Affine{node.inputs[0], std::move(*scale), std::move(*shift), true};
}

std::optional<Affine> of_binary(const ir::Graph& graph, const ir::Node& node, BinaryKind kind, size_t axis) {
  const bool constant_left = graph.is_constant(node.inputs[0]);
  const ir::ValueId x = node.inputs[constant_left ? 1 : 0];
  const TensorType& type = graph.type(node.outputs[0]);
  if (!(graph.type(x) == type)) return std::nullopt;
  auto values = channel_values(graph, node.inputs[constant_left ? 0 : 1], type.shape, axis);
  if (!values) return std::nullopt;
  const size_t channels = values->size();
  const auto filled = [&](double v) { return std::vector<double>(channels, v); };
  switch (kind) {
    case BinaryKind::kAdd: return Affine{x, filled(1), std::move(*values), false};
    case BinaryKind::kMul: return Affine{x, std::move(*values), filled(0), false};
    case BinaryKind::kSub:
      if (constant_left) return Affine{x, filled(-1), std::move(*values), false};
      for (double& v : *values) v = -v;
      return Affine{x, filled(1), std::move(*values), false};
    case BinaryKind::kDiv:
      if (constant_left || std::any_of(values->begin(), values->end(), [](double v) { return v == 0; })) return std::nullopt;
      for (double& v : *values) v = 1 / v;
      return Affine{x, std::move(*values), filled(0), false};
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Affine> affine_of(const ir::Graph& graph, ir::NodeId id, size_t axis) {
  const ir::Node& node = graph.node(id);
  if (const auto* op = ir::op_cast<ops::ChannelAffine>(*node.op)) return of_channel_affine(graph, node, *op, axis);
  if (const auto* op = ir::op_cast<ops::Binary>(*node.op)) return of_binary(graph, node, op->kind, axis);
  return std::nullopt;
}

}  // namespace mindird::passes
