// What moves numbers or picks the largest does the same to integers, of which four fit where one number was:
//
//   Pool max ── Quantize            becomes   Quantize ── Pool max             also Reshape, Transpose
//   Concat(a, b, …) ── Quantize     becomes   Concat(Quantize(a), Quantize(b), …)
//
// Only where nothing else reads the value in between, and where this engine multiplies the integers. Integers that are there already are those picked from:
//
//   Dequantize ── Pool max          becomes   Pool max ── Dequantize
#include "engines/cpu/passes/eight_bits.h"
#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/quantize.h"
#include "ops/movement/concat.h"
#include "ops/movement/reshape.h"
#include "ops/movement/transpose.h"
#include "ops/pooling/pool.h"

namespace mindird::engines::cpu {
namespace {

bool is_max_pool(const ir::Op& op) {
  const auto* pool = ir::op_cast<ops::Pool>(op);
  return pool && pool->kind == ops::PoolKind::kMax;
}

bool is_movable(const ir::Op& op) {
  if (is_max_pool(op)) return true;
  return op.id() == ops::Concat::kId || op.id() == ops::Reshape::kId || op.id() == ops::Transpose::kId;
}

Result<bool> sink_one(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const auto codes = is_max_pool(*node.op) ? find_codes(graph, node.inputs[0]) : std::nullopt;
  if (!codes || graph.type(node.inputs[0]).dtype != DType::kF32) return false;
  const ir::Node numbers = graph.node(graph.value(node.inputs[0]).producer);
  TRY_ASSIGN(const ir::ValueId picked, graph.add(node.op, {codes->codes}, node.origin));
  TRY_ASSIGN(const ir::ValueId y, graph.add(numbers.op, {picked, numbers.inputs[1]}, node.origin));
  graph.replace_value(node.outputs[0], y);
  graph.erase_node(id);
  return true;
}

Result<bool> hoist_one(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  if (node.op->id() != ops::Quantize::kId || !graph.is_constant(node.inputs[1]) || graph.type(node.inputs[1]).shape.rank() > 0) return false;
  const ir::NodeId producer = graph.value(node.inputs[0]).producer;
  if (producer == ir::kNone || !graph.single_use(node.inputs[0]) || !is_movable(*graph.node(producer).op)) return false;
  const ir::Node moved = graph.node(producer);
  std::vector<ir::ValueId> inputs = moved.inputs;
  const size_t data = moved.op->id() == ops::Concat::kId ? inputs.size() : 1;
  for (size_t i = 0; i < data; ++i) {
    if (graph.type(inputs[i]).dtype != DType::kF32) return false;
  }
  for (size_t i = 0; i < data; ++i) {
    TRY_ASSIGN(inputs[i], graph.add(node.op, {inputs[i], node.inputs[1]}, node.origin));
  }
  TRY_ASSIGN(const ir::ValueId y, graph.add(moved.op, std::move(inputs), moved.origin));
  graph.replace_value(node.outputs[0], y);
  graph.erase_node(id);
  graph.erase_node(producer);
  return true;
}

}  // namespace

Result<bool> hoist_quantize(ir::Graph& graph) {
  if (!has_int8_products()) return false;
  bool changed = false;
  for (const ir::NodeId id : graph.topological_order()) {
    if (!graph.node(id).alive) continue;
    TRY_ASSIGN(bool moved, sink_one(graph, id));
    if (!moved) {
      TRY_ASSIGN(moved, hoist_one(graph, id));
    }
    changed = changed || moved;
  }
  return changed;
}

}  // namespace mindird::engines::cpu
