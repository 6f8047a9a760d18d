// Rebuilds the graph node by node with f32 in place of f16 and bf16. Results are at least as exact as in half precision.
#include "engines/cpu/passes/passes.h"
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

Status widen_nodes(const ir::Graph& graph, ir::Graph& wide, std::vector<ir::ValueId>& map) {
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    ir::OpPtr op = node.op;
    if (const auto* cast = ir::op_cast<ops::Cast>(*op); cast && is_half(cast->to)) op = cast_to(DType::kF32);
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) inputs.push_back(map[v]);
    ir::Types types = graph.output_types(n);
    for (TensorType& t : types) t.dtype = widened(t.dtype);
    const auto outputs = wide.add_node_typed(std::move(op), std::move(inputs), types, node.origin);
    for (size_t i = 0; i < outputs.size(); ++i) map[node.outputs[i]] = outputs[i];
  }
  return {};
}

}  // namespace

Result<ir::Graph> widen_half(ir::Graph graph) {
  if (!has_half(graph)) return graph;
  ir::Graph wide;
  wide.name = graph.name;
  std::vector<ir::ValueId> map(graph.value_count(), ir::kNone);
  for (ir::ValueId v : graph.inputs()) {
    map[v] = wide.add_input(graph.value(v).name, graph.type(v));
    if (is_half(graph.type(v).dtype)) {
      TRY_ASSIGN(map[v], wide.add(cast_to(DType::kF32), {map[v]}, "input"));
    }
  }
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    if (!graph.value(v).alive || !graph.is_constant(v)) continue;
    TRY_ASSIGN(ConstantPtr constant, widen_constant(graph.value(v).constant));
    map[v] = wide.add_constant(std::move(constant), graph.value(v).name);
  }
  TRY(widen_nodes(graph, wide, map));
  std::vector<ir::ValueId> outputs;
  for (ir::ValueId v : graph.outputs()) {
    ir::ValueId out = map[v];
    if (is_half(graph.type(v).dtype)) {
      const TensorType type = graph.type(v);
      out = wide.add_node_typed(cast_to(type.dtype), {out}, {type}, "output")[0];
    }
    outputs.push_back(out);
  }
  wide.set_outputs(std::move(outputs));
  return wide;
}

}  // namespace mindird::engines::cpu
