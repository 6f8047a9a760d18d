// Invariant I1 of graphs; see graph.h.
#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/strings.h"
#include "ir/graph.h"

namespace mindird::ir {
namespace {

Status bug(const std::string& what) { return internal_error("graph: " + what); }

/// How often each input of each node is listed among the uses of its value; every use listed was found to be real.
using UseCounts = std::vector<std::vector<uint32_t>>;

UseCounts count_uses(const Graph& g) {
  UseCounts counts(g.node_count());
  for (NodeId n = 0; n < g.node_count(); ++n) counts[n].resize(g.node(n).inputs.size());
  for (ValueId v = 0; v < g.value_count(); ++v) {
    if (!g.value(v).alive) continue;
    for (const Use& use : g.value(v).uses) ++counts[use.node][use.input];
  }
  return counts;
}

Status verify_uses(const Graph& g, NodeId n, const UseCounts& counts) {
  const Node& node = g.node(n);
  for (uint32_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] >= g.value_count()) return bug(str("node \"", node.origin, "\" input ", i, " does not exist"));
    const Value& v = g.value(node.inputs[i]);
    if (!v.alive) return bug(str("node \"", node.origin, "\" reads the erased value ", v.name));
    if (counts[n][i] != 1) return bug(str("value ", v.name, " does not list its use by \"", node.origin, '"'));
    if (!v.is_input && !v.constant && v.producer == kNone) return bug(str("value ", v.name, " has no producer"));
  }
  for (uint32_t i = 0; i < node.outputs.size(); ++i) {
    const Value& v = g.value(node.outputs[i]);
    if (v.producer != n || v.producer_output != i) return bug(str("value ", v.name, " names another producer"));
  }
  return {};
}

Status verify_types(const Graph& g, NodeId n) {
  const Node& node = g.node(n);
  const Types inputs = g.input_types(n);
  if (!std::all_of(inputs.begin(), inputs.end(), [](const TensorType& t) { return t.shape.known(); })) return {};
  auto inferred = node.op->infer(inputs);
  if (!inferred.ok()) return std::move(inferred).status().with(str("graph: node \"", node.origin, "\" (", node.op->id(), ")"));
  const Types types = g.output_types(n);
  if (inferred->size() != types.size()) return bug(str("node \"", node.origin, "\" has ", types.size(), " outputs, infers ", inferred->size()));
  for (size_t i = 0; i < types.size(); ++i) {
    if (!((*inferred)[i] == types[i])) {
      return bug(str("node \"", node.origin, "\" (", node.op->id(), ") output ", i, " is ", types[i].text(), ", infers ", (*inferred)[i].text()));
    }
  }
  return {};
}

}  // namespace

Status Graph::verify() const {
  std::unordered_set<std::string> names;
  for (const Value& v : values_) {
    if (!v.alive) continue;
    if (!names.insert(v.name).second) return bug(str("the name ", v.name, " occurs twice"));
    for (const Use& use : v.uses) {
      if (use.node >= nodes_.size() || !nodes_[use.node].alive || use.input >= nodes_[use.node].inputs.size() ||
          &values_[nodes_[use.node].inputs[use.input]] != &v) {
        return bug(str("value ", v.name, " lists a use that is none"));
      }
    }
  }
  for (ValueId v : outputs_) {
    if (v >= values_.size() || !values_[v].alive) return bug("an output does not exist");
  }
  const std::vector<NodeId> order = topological_order();
  if (order.size() != living_nodes()) return bug("nodes form a cycle");
  const UseCounts counts = count_uses(*this);
  for (NodeId n : order) {
    TRY(verify_uses(*this, n, counts));
    TRY(verify_types(*this, n));
    for (const GraphPtr& body : nodes_[n].op->bodies()) TRY(body->verify().with(str("graph of node \"", nodes_[n].origin, '"')));
  }
  return {};
}

}  // namespace mindird::ir
