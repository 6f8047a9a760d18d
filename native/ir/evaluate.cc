// Runs a graph with the operators' own `evaluate`, node by node: the oracle of engines and passes.
#include <functional>
#include <unordered_map>

#include "base/strings.h"
#include "ir/graph.h"

namespace mindird::ir {
namespace {

Result<OwnedTensor> allocate(const TensorType& type) {
  const auto bytes = type.checked_bytes();
  if (!bytes) return Status(Code::kOutOfMemory, str("tensor ", type.text(), " is too large"));
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(static_cast<size_t>(*bytes)));
  OwnedTensor out;
  out.buffer = std::make_shared<Buffer>(std::move(buffer));
  out.tensor = {type, out.buffer->data()};
  return out;
}

Status run_node(const Graph& g, NodeId n, std::vector<OwnedTensor>& values) {
  const Node& node = g.node(n);
  std::vector<Tensor> inputs;
  Types types;
  for (ValueId v : node.inputs) {
    inputs.push_back(values[v].tensor);
    types.push_back(values[v].tensor.type);
  }
  TRY_ASSIGN(Types outputs, node.op->infer(types));
  std::vector<Tensor> results(outputs.size());
  const bool dynamic = node.op->traits().data_dependent;
  for (size_t i = 0; i < outputs.size(); ++i) {
    results[i].type = outputs[i];
    if (dynamic && !outputs[i].shape.known()) continue;
    TRY_ASSIGN(values[node.outputs[i]], allocate(outputs[i]));
    results[i] = values[node.outputs[i]].tensor;
  }
  EvalArgs args{inputs, results, [&](size_t i, const Shape& shape) -> Status {
                  TRY_ASSIGN(values[node.outputs[i]], allocate({outputs[i].dtype, shape}));
                  results[i] = values[node.outputs[i]].tensor;
                  return {};
                }};
  return node.op->evaluate(args);
}

}  // namespace

Result<std::vector<OwnedTensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs) {
  if (inputs.size() != graph.inputs().size()) {
    return invalid_argument(str("graph has ", graph.inputs().size(), " inputs, given ", inputs.size()));
  }
  std::vector<OwnedTensor> values(graph.value_count());
  for (size_t i = 0; i < inputs.size(); ++i) values[graph.inputs()[i]].tensor = inputs[i];
  for (ValueId v = 0; v < graph.value_count(); ++v) {
    if (graph.is_constant(v)) values[v].tensor = graph.value(v).constant->view();
  }
  std::vector<size_t> remaining(graph.value_count());
  for (ValueId v = 0; v < graph.value_count(); ++v) remaining[v] = graph.value(v).uses.size() + (graph.is_output(v) ? 1 : 0);
  for (NodeId n : graph.topological_order()) {
    const Node& node = graph.node(n);
    Status status = run_node(graph, n, values);
    if (!status.ok()) return std::move(status).with(str("node \"", node.origin, "\" (", node.op->id(), ")"));
    for (ValueId v : node.inputs) {
      if (--remaining[v] == 0) values[v].buffer.reset();
    }
  }
  std::vector<OwnedTensor> outputs;
  for (ValueId v : graph.outputs()) {
    OwnedTensor out = values[v];
    if (!out.buffer) {
      // An input or a constant returned directly is copied, so that the result owns its memory.
      TRY_ASSIGN(OwnedTensor copy, allocate(out.tensor.type));
      std::copy_n(out.tensor.data, out.tensor.bytes(), copy.tensor.data);
      out = copy;
    }
    outputs.push_back(std::move(out));
  }
  return outputs;
}

}  // namespace mindird::ir
