#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/binary.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/linear/matmul.h"

namespace mindird::engines::cpu {
namespace {

/// The dim of the output that a bias of this operator belongs to; nothing for operators without one.
std::optional<size_t> bias_dim(const ir::Op& op, const Shape& out) {
  if (op.id() == ops::Conv::kId || op.id() == ops::ConvTranspose::kId) return 1;
  if (op.id() == ops::MatMul::kId) return out.rank() - 1;
  return std::nullopt;
}

bool is_one_per(const Shape& operand, const Shape& out, size_t dim) {
  if (operand.rank() > out.rank()) return false;
  const size_t missing = out.rank() - operand.rank();
  for (size_t d = 0; d < operand.rank(); ++d) {
    if (operand[d] != (d + missing == dim ? out[dim] : 1)) return false;
  }
  return dim >= missing;
}

Result<bool> fold_one(ir::Graph& graph, ir::NodeId id) {
  const auto* add = ir::op_cast<ops::Binary>(*graph.node(id).op);
  if (!add || add->kind != ops::BinaryKind::kAdd) return false;
  for (size_t side = 0; side < 2; ++side) {
    const ir::ValueId product = graph.node(id).inputs[side];
    const ir::ValueId operand = graph.node(id).inputs[1 - side];
    const ir::NodeId producer = graph.value(product).producer;
    if (producer == ir::kNone || !graph.is_constant(operand) || !graph.single_use(product)) continue;
    const ir::Node node = graph.node(producer);
    const Shape& out = graph.type(product).shape;
    const auto dim = bias_dim(*node.op, out);
    if (!dim || node.inputs.size() != 2 || !(graph.type(graph.node(id).outputs[0]) == graph.type(product))) continue;
    if (!is_one_per(graph.type(operand).shape, out, *dim)) continue;
    const ConstantPtr& constant = graph.value(operand).constant;
    TRY_ASSIGN(ConstantPtr flat, make_constant({constant->type().dtype, {out[*dim]}}, constant->bytes()));
    const ir::ValueId bias = graph.add_constant(std::move(flat), "bias");
    TRY_ASSIGN(const ir::ValueId result, graph.add(node.op, {node.inputs[0], node.inputs[1], bias}, node.origin));
    graph.replace_value(graph.node(id).outputs[0], result);
    graph.erase_node(id);
    graph.erase_node(producer);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fold_bias(ir::Graph& graph) {
  bool changed = false;
  for (ir::NodeId id : graph.topological_order()) {
    if (!graph.node(id).alive) continue;
    TRY_ASSIGN(const bool folded, fold_one(graph, id));
    changed = changed || folded;
  }
  return changed;
}

}  // namespace mindird::engines::cpu
