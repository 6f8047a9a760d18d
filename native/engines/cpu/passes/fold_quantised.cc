// c ── Quantize ── Dequantize ── y        becomes        c2 = y
//
// The integers stay where all that reads y multiplies integers.
#include <algorithm>

#include "engines/cpu/passes/eight_bits.h"
#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/quantize.h"

namespace mindird::engines::cpu {
namespace {

bool reads_as_weights(const ir::Graph& graph, const ir::Use& use) { return use.input == 1 && find_eight_bits(graph, use.node); }

bool is_foldable(const ir::Graph& graph, const ir::Node& node) {
  if (node.op->id() != ops::Quantize::kId && node.op->id() != ops::Dequantize::kId) return false;
  if (!graph.is_constant(node.inputs[0]) || !graph.is_constant(node.inputs[1])) return false;
  const ir::Value& y = graph.value(node.outputs[0]);
  if (node.op->id() == ops::Quantize::kId || graph.is_output(node.outputs[0])) return true;
  return !std::ranges::all_of(y.uses, [&](const ir::Use& use) { return reads_as_weights(graph, use); });
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
