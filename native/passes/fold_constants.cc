// Constant folding: a node all of whose inputs are constants is evaluated once, now.
//
//   c1 ── Op ── y        becomes        c2 = y
//
// Only where it pays and cannot hurt: the result is small or no larger than what it is made from (a Tile of a constant
// stays a Tile), and the work done for one graph is bounded. A node whose evaluation fails stays, and fails when it is
// run, as it would have without this pass.
#include <algorithm>
#include <vector>

#include "ops/elementwise/quantize.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

constexpr int64_t kSmallBytes = 1 << 16;

/// Work of evaluating the node, or nothing when a size does not fit.
double work_of(const ir::Graph& graph, ir::NodeId id) {
  const ir::Types inputs = graph.input_types(id);
  const ir::Types outputs = graph.output_types(id);
  double touched = 0;
  for (const TensorType& t : inputs) touched += static_cast<double>(t.shape.elements());
  for (const TensorType& t : outputs) touched += static_cast<double>(t.shape.elements());
  return std::max(touched, graph.node(id).op->cost(inputs, outputs));
}

bool worth_folding(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (node.inputs.empty() || node.op->traits().data_dependent) return false;
  // A loop may take any time.
  if (!node.op->bodies().empty()) return false;
  // Engines compute in 8 bits where they see weights quantised and dequantised; folded away, the weights would be plain numbers.
  if (node.op->id() == ops::Quantize::kId || node.op->id() == ops::Dequantize::kId) return false;
  int64_t in = 0;
  int64_t out = 0;
  for (const ir::ValueId v : node.inputs) {
    if (!graph.is_constant(v)) return false;
    in += static_cast<int64_t>(graph.type(v).bytes());
  }
  for (const ir::ValueId v : node.outputs) {
    const auto bytes = graph.type(v).checked_bytes();
    if (!bytes || *bytes > std::max(in, kSmallBytes)) return false;
    out += *bytes;
  }
  return out <= std::max(in, kSmallBytes);
}

/// The node's outputs as constants; an error when it cannot be evaluated.
Result<std::vector<ConstantPtr>> evaluate_node(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  std::vector<Tensor> inputs;
  for (const ir::ValueId v : node.inputs) inputs.push_back(graph.value(v).constant->view());
  std::vector<Buffer> buffers;
  std::vector<Tensor> outputs;
  for (const ir::ValueId v : node.outputs) {
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(graph.type(v).bytes()));
    buffers.push_back(std::move(buffer));
    outputs.push_back({graph.type(v), buffers.back().data()});
  }
  TRY(node.op->evaluate({inputs, outputs, {}}));
  std::vector<ConstantPtr> constants;
  for (size_t i = 0; i < outputs.size(); ++i) constants.push_back(std::make_shared<const Constant>(outputs[i].type, std::move(buffers[i])));
  return constants;
}

}  // namespace

Result<bool> fold_constants(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    if (!worth_folding(graph, id)) return false;
    const double work = work_of(graph, id);
    if (!(work <= context.fold_work)) return false;
    context.fold_work -= work;
    auto constants = evaluate_node(graph, id);
    if (!constants.ok()) {
      if (constants.status().code() == Code::kOutOfMemory) return constants.status();
      return false;
    }
    const std::vector<ir::ValueId> outputs = graph.node(id).outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const ir::ValueId folded = graph.add_constant(context.share((*constants)[i]), graph.value(outputs[i]).name);
      graph.replace_value(outputs[i], folded);
    }
    graph.erase_node(id);
    return true;
  });
}

}  // namespace mindird::passes
