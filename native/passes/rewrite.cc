#include "passes/rewrite.h"

#include <algorithm>
#include <vector>

namespace mindird::passes {

bool known_types(const ir::Graph& graph, ir::NodeId id) {
  const auto known = [&](ir::ValueId v) { return graph.type(v).shape.known(); };
  const ir::Node& node = graph.node(id);
  return std::all_of(node.inputs.begin(), node.inputs.end(), known) && std::all_of(node.outputs.begin(), node.outputs.end(), known);
}

void replace(ir::Graph& graph, ir::ValueId from, ir::ValueId to) {
  if (from == to) return;
  std::vector<ir::ValueId> unused = {from};
  graph.replace_value(from, to);
  while (!unused.empty()) {
    const ir::NodeId id = graph.value(unused.back()).producer;
    unused.pop_back();
    if (id == ir::kNone || !graph.node(id).alive) continue;
    const std::vector<ir::ValueId> outputs = graph.node(id).outputs;
    const bool needed = std::any_of(outputs.begin(), outputs.end(), [&](ir::ValueId v) { return !graph.value(v).uses.empty() || graph.is_output(v); });
    if (needed) continue;
    unused.insert(unused.end(), graph.node(id).inputs.begin(), graph.node(id).inputs.end());
    graph.erase_node(id);
  }
}

}  // namespace mindird::passes
