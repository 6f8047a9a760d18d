// Rebuilds the graph node by node with f32 in place of f16 and bf16. Results are at least as exact as in half precision; casts round as they are asked to.
#include "engines/cpu/passes/engine_passes.h"
#include "ops/elementwise/cast.h"

namespace mindird::engines::cpu {
namespace {

bool is_half(DType dtype) { return dtype == DType::kF16 || dtype == DType::kBF16; }
DType widened(DType dtype) { return is_half(dtype) ? DType::kF32 : dtype; }

bool has_half(const ir::Graph& graph) {
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    if (graph.value(v).alive && is_half(graph.type(v).dtype)) return true;
  }
  return false;
}

std::shared_ptr<ops::Cast> cast_to(DType dtype) {
  auto op = std::make_shared<ops::Cast>();
  op->to = dtype;
  return op;
}

Result<ConstantPtr> widen_constant(const ConstantPtr& constant) {
  if (!is_half(constant->type().dtype)) return constant;
  const TensorType type{DType::kF32, constant->type().shape};
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
  const Tensor from = constant->view();
  Tensor to{type, buffer.data()};
  TRY(cast_to(DType::kF32)->evaluate({.inputs = std::span(&from, 1), .outputs = std::span(&to, 1), .allocate = {}}));
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

/// Where the values of the given graph are in the wide one.
struct Mapping {
  std::vector<ir::ValueId> wide;  // in f32 where they were halves
  std::vector<ir::ValueId> half;  // also as halves, where there is such a value
};

/// Every number of these types is one of the half types too.
bool is_exact(DType dtype) { return dtype == DType::kBool || dtype == DType::kI8 || dtype == DType::kU8; }

/**
 * A cast to a half type rounds, as the model asks for, whatever computes with it then in f32: it becomes a cast to that type and one to f32. What else
 * gives halves keeps the digits of f32.
 */
Status widen_cast(const ir::Graph& graph, const ir::Node& node, ir::Graph& wide, Mapping& map) {
  const DType from = graph.type(node.inputs[0]).dtype;
  const DType to = graph.type(node.outputs[0]).dtype;
  const ir::ValueId x = map.wide[node.inputs[0]];
  ir::ValueId& y = map.wide[node.outputs[0]];
  if (from == to) {
    y = x;
    map.half[node.outputs[0]] = map.half[node.inputs[0]];
    return {};
  }
  if (widened(from) == widened(to) && !is_half(to)) {
    y = x;
    return {};
  }
  if (!is_half(to) || is_exact(from)) {
    TRY_ASSIGN(y, wide.add(cast_to(widened(to)), {x}, node.origin));
    return {};
  }
  TRY_ASSIGN(const ir::ValueId rounded, wide.add(cast_to(to), {x}, node.origin));
  map.half[node.outputs[0]] = rounded;
  TRY_ASSIGN(y, wide.add(cast_to(DType::kF32), {rounded}, node.origin));
  return {};
}

Status widen_nodes(const ir::Graph& graph, ir::Graph& wide, Mapping& map) {
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    if (node.op->id() == ops::Cast::kId) {
      TRY(widen_cast(graph, node, wide, map));
      continue;
    }
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) inputs.push_back(map.wide[v]);
    ir::Types types = graph.output_types(n);
    for (TensorType& t : types) t.dtype = widened(t.dtype);
    const auto outputs = wide.add_node_typed(node.op, std::move(inputs), types, node.origin);
    for (size_t i = 0; i < outputs.size(); ++i) map.wide[node.outputs[i]] = outputs[i];
  }
  return {};
}

}  // namespace

Result<ir::Graph> widen_half(ir::Graph graph) {
  if (!has_half(graph)) return graph;
  ir::Graph wide;
  wide.name = graph.name;
  Mapping map{std::vector<ir::ValueId>(graph.value_count(), ir::kNone), std::vector<ir::ValueId>(graph.value_count(), ir::kNone)};
  for (ir::ValueId v : graph.inputs()) {
    map.wide[v] = wide.add_input(graph.value(v).name, graph.type(v));
    if (is_half(graph.type(v).dtype)) {
      map.half[v] = map.wide[v];
      TRY_ASSIGN(map.wide[v], wide.add(cast_to(DType::kF32), {map.wide[v]}, "input"));
    }
  }
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    if (!graph.value(v).alive || !graph.is_constant(v)) continue;
    TRY_ASSIGN(ConstantPtr constant, widen_constant(graph.value(v).constant));
    map.wide[v] = wide.add_constant(std::move(constant), graph.value(v).name);
  }
  TRY(widen_nodes(graph, wide, map));
  std::vector<ir::ValueId> outputs;
  for (ir::ValueId v : graph.outputs()) {
    const TensorType type = graph.type(v);
    ir::ValueId out = is_half(type.dtype) ? map.half[v] : map.wide[v];
    if (out == ir::kNone) out = wide.add_node_typed(cast_to(type.dtype), {map.wide[v]}, {type}, "output")[0];
    outputs.push_back(out);
  }
  wide.set_outputs(std::move(outputs));
  wide.erase_dead();
  return wide;
}

}  // namespace mindird::engines::cpu
