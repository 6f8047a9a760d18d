// c ── Quantize ── Dequantize ── y        becomes        c2 = y
#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/quantize.h"

namespace mindird::engines::cpu {
namespace {

bool is_foldable(const ir::Graph& graph, const ir::Node& node) {
  if (node.op->id() != ops::Quantize::kId && node.op->id() != ops::Dequantize::kId) return false;
  return graph.is_constant(node.inputs[0]) && graph.is_constant(node.inputs[1]);
}

}  // namespace

Result<bool> fold_quantised(ir::Graph& graph) {
  bool changed = false;
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    if (!is_foldable(graph, node)) continue;
    const ir::ValueId y = node.outputs[0];
    const TensorType type = graph.type(y);
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
    const Tensor inputs[] = {graph.value(node.inputs[0]).constant->view(), graph.value(node.inputs[1]).constant->view()};
    Tensor output{type, buffer.data()};
    TRY(node.op->evaluate({.inputs = inputs, .outputs = std::span(&output, 1), .allocate = {}}));
    graph.replace_value(y, graph.add_constant(std::make_shared<const Constant>(type, std::move(buffer)), graph.value(y).name));
    graph.erase_node(n);
    changed = true;
  }
  if (changed) graph.erase_dead();
  return changed;
}

}  // namespace mindird::engines::cpu
