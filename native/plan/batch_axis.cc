#include "plan/batch_axis.h"

#include "base/strings.h"

namespace mindird::plan {

BatchProof prove_rows_independent(const ir::Graph& graph) {
  std::vector<ir::BatchAxis> axes(graph.value_count());
  if (graph.inputs().empty()) return {false, "the graph has no inputs"};
  for (ir::ValueId v : graph.inputs()) {
    if (graph.type(v).shape.rank() == 0) return {false, str("input ", graph.value(v).name, " is a scalar")};
    axes[v] = {0, 1};
  }
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    std::vector<ir::BatchAxis> in;
    bool batch = false;
    for (ir::ValueId v : node.inputs) {
      in.push_back(axes[v]);
      batch = batch || axes[v].axis >= 0;
    }
    if (!batch) continue;  // outputs do not depend on the batch: the default {-1, 1}
    const ir::Types inputs = graph.input_types(n);
    const ir::Types outputs = graph.output_types(n);
    const auto out = node.op->batch_axis({inputs, outputs, in});
    if (!out) return {false, str("node \"", node.origin, "\" (", node.op->id(), ") may mix rows")};
    for (ir::ValueId v : node.outputs) axes[v] = *out;
  }
  for (ir::ValueId v : graph.outputs()) {
    if (!(axes[v] == ir::BatchAxis{0, 1})) return {false, str("output ", graph.value(v).name, " does not have the batch as dimension 0")};
  }
  return {true, {}};
}

}  // namespace mindird::plan
