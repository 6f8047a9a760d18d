#include "plan/plugin_nodes.h"

#include <algorithm>

#include "base/strings.h"
#include "ops/embedded/plugin.h"

namespace mindird::plan {

Status check_plugins(const ir::Graph& graph, const partition::Assignment& assignment, std::span<const engines::Engine* const> engines) {
  for (const partition::Decision& d : assignment.decisions) {
    const ir::Node& node = graph.node(d.node);
    const auto* plugin = ir::op_cast<ops::Plugin>(*node.op);
    if (!plugin || engines[d.engine]->id() == ops::Plugin::kEngine) continue;
    std::string why;
    for (const auto& refusal : d.refusals) {
      if (engines[refusal.engine]->id() == ops::Plugin::kEngine) why = refusal.why;
    }
    return plugin->refused(why).with(str("node \"", node.origin, "\""));
  }
  return {};
}

bool has_plugins(const ir::Graph& graph) {
  const std::vector<ir::NodeId> order = graph.topological_order();
  return std::any_of(order.begin(), order.end(), [&](ir::NodeId n) { return ir::op_cast<ops::Plugin>(*graph.node(n).op) != nullptr; });
}

}  // namespace mindird::plan
