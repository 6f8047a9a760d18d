#include "plan/decompose_refused.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "partition/partition.h"
#include "passes/decompose.h"

namespace mindird::plan {
namespace {

/// Whether the engine takes what the node is made of. Tried on a graph of this node alone.
Result<bool> takes_parts(const ir::Graph& graph, ir::NodeId node, const engines::Engine& engine) {
  const partition::Partition alone{0, {node}};
  TRY_ASSIGN(std::vector<partition::Subgraph> scratch, partition::extract(graph, {&alone, 1}));
  ir::Graph& parts = scratch[0].graph;
  TRY_ASSIGN(const bool decomposed, passes::decompose(parts, parts.topological_order()[0]));
  if (!decomposed) return false;
  const std::vector<ir::NodeId> nodes = parts.topological_order();
  return std::all_of(nodes.begin(), nodes.end(), [&](ir::NodeId n) { return engine.supports(parts, n).yes; });
}

}  // namespace

Status decompose_refused(ir::Graph& graph, std::span<const engines::Engine* const> engines, Report& report) {
  report = Report::array();
  for (ir::NodeId n : graph.topological_order()) {
    for (size_t e = 0; e + 1 < engines.size(); ++e) {
      const engines::Verdict verdict = engines[e]->supports(graph, n);
      if (verdict.yes) break;
      TRY_ASSIGN(const bool takes, takes_parts(graph, n, *engines[e]));
      if (!takes) continue;
      const ir::Node& node = graph.node(n);
      report.push_back({{"node", node.origin}, {"op", node.op->id()}, {"engine", engines[e]->id()}, {"why", verdict.why}});
      TRY_ASSIGN(const bool decomposed, passes::decompose(graph, n));
      if (!decomposed) return internal_error("a node decomposes alone but not in its graph");
      break;
    }
  }
  graph.erase_dead();
  return {};
}

}  // namespace mindird::plan
