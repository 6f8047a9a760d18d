// f(reshape(x)) becomes reshape(f(x)), and reshape(x) + y with y of the reshaped shape becomes reshape(x + reshape(y)): the elementwise
// node then follows the node that made x directly.
#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/movement/reshape.h"

namespace mindird::engines::cpu {
namespace {

Result<ir::ValueId> reshape_to(ir::Graph& graph, ir::ValueId value, const Shape& shape, const std::string& origin) {
  auto op = std::make_shared<ops::Reshape>();
  op->shape = shape.vector();
  return graph.add(std::move(op), {value}, origin);
}

/// The input of the Reshape that makes `value`, when only this use keeps the Reshape alive and something that can absorb made its input.
std::optional<ir::ValueId> behind_reshape(const ir::Graph& graph, ir::ValueId value) {
  const ir::NodeId producer = graph.value(value).producer;
  if (producer == ir::kNone || !graph.single_use(value)) return std::nullopt;
  if (graph.node(producer).op->id() != ops::Reshape::kId) return std::nullopt;
  const ir::ValueId source = graph.node(producer).inputs[0];
  const bool computed = graph.value(source).producer != ir::kNone && graph.single_use(source);
  return computed && graph.type(source).shape.known() ? std::optional(source) : std::nullopt;
}

Result<bool> sink_one(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const bool unary = node.op->id() == ops::Unary::kId;
  if (!unary && node.op->id() != ops::Binary::kId) return false;
  const TensorType out = graph.type(node.outputs[0]);  // a copy: adding nodes moves the values
  for (size_t side = 0; side < node.inputs.size(); ++side) {
    const auto source = behind_reshape(graph, node.inputs[side]);
    if (!source || !(graph.type(node.inputs[side]) == out)) continue;
    const Shape inner = graph.type(*source).shape;
    std::vector<ir::ValueId> inputs = node.inputs;
    inputs[side] = *source;
    if (!unary) {
      const ir::ValueId other = node.inputs[1 - side];
      const Shape& shape = graph.type(other).shape;
      if (shape == out.shape) {
        TRY_ASSIGN(inputs[1 - side], reshape_to(graph, other, inner, node.origin));
      } else if (shape.elements() != 1 || shape.rank() > inner.rank()) {
        continue;
      }
    }
    const Shape outer = out.shape;
    TRY_ASSIGN(const ir::ValueId result, graph.add(node.op, std::move(inputs), node.origin));
    TRY_ASSIGN(const ir::ValueId back, reshape_to(graph, result, outer, node.origin));
    graph.replace_value(node.outputs[0], back);
    graph.erase_node(id);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> sink_reshape(ir::Graph& graph) {
  bool changed = false;
  for (ir::NodeId id : graph.topological_order()) {
    if (!graph.node(id).alive) continue;
    TRY_ASSIGN(const bool sunk, sink_one(graph, id));
    changed = changed || sunk;
  }
  graph.erase_dead();
  return changed;
}

}  // namespace mindird::engines::cpu
