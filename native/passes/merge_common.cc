// Common subexpressions: nodes with the same operator, attributes and inputs become one; constants are the same when
// their contents are.
//
//   a = Exp(x)  b = Exp(x)  c = Add(a, b)        becomes        a = Exp(x)  c = Add(a, a)
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "ops/elementwise/binary.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// Constants with equal contents become the first of them.
bool merge_constants(ir::Graph& graph) {
  bool changed = false;
  std::unordered_map<Hash128, ir::ValueId, Hash128Hasher> seen;
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    if (!graph.value(v).alive || !graph.is_constant(v)) continue;
    const auto [first, fresh] = seen.emplace(graph.value(v).constant->hash(), v);
    if (fresh || graph.value(v).uses.empty()) continue;
    // Graph outputs keep their own constant: merging them would only lose a name.
    if (graph.is_output(v)) continue;
    graph.replace_value(v, first->second);
    changed = true;
  }
  return changed;
}

bool order_matters(const ir::Op& op) {
  const auto* binary = ir::op_cast<ops::Binary>(op);
  return binary == nullptr || (binary->kind != ops::BinaryKind::kAdd && binary->kind != ops::BinaryKind::kMul);
}

Hash128 key_of(const ir::Node& node) {
  Hasher hasher;
  ir::hash_op(hasher, *node.op).number(node.inputs.size());
  std::vector<ir::ValueId> inputs = node.inputs;
  if (inputs.size() == 2 && inputs[0] > inputs[1] && !order_matters(*node.op)) std::swap(inputs[0], inputs[1]);
  for (const ir::ValueId v : inputs) hasher.number(v);
  return hasher.digest();
}

}  // namespace

Result<bool> merge_common(ir::Graph& graph, PassContext&) {
  bool changed = merge_constants(graph);
  std::unordered_map<Hash128, ir::NodeId, Hash128Hasher> seen;
  for (const ir::NodeId id : graph.topological_order()) {
    const auto [first, fresh] = seen.emplace(key_of(graph.node(id)), id);
    if (fresh) continue;
    const ir::Node& kept = graph.node(first->second);
    const std::vector<ir::ValueId> outputs = graph.node(id).outputs;
    for (size_t i = 0; i < outputs.size(); ++i) graph.replace_value(outputs[i], kept.outputs[i]);
    graph.erase_node(id);
    changed = true;
  }
  return changed;
}

}  // namespace mindird::passes
