#include "ir/graph.h"

#include <algorithm>
#include <queue>

#include "base/strings.h"
#include "ir/attribute_text.h"

namespace mindird::ir {

ValueId Graph::new_value(std::string_view wanted, const TensorType& type) {
  Value v;
  v.type = type;
  v.name = unique_name(wanted);
  values_.push_back(std::move(v));
  return static_cast<ValueId>(values_.size() - 1);
}

/// The wanted name with everything but letters, digits, '_' and '.' replaced by '_', and a counter when it is taken.
std::string Graph::unique_name(std::string_view wanted) {
  std::string clean;
  for (char c : wanted) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    clean += plain ? c : '_';
  }
  if (clean.empty() || (clean[0] >= '0' && clean[0] <= '9')) clean = str('v', clean);
  auto [it, fresh] = name_counters_.try_emplace(clean, 0);
  if (fresh) return clean;
  for (;;) {
    std::string candidate = str(clean, '_', ++it->second);
    if (name_counters_.try_emplace(candidate, 0).second) return candidate;
  }
}

ValueId Graph::add_input(std::string_view wanted, const TensorType& type) {
  const ValueId id = new_value(wanted, type);
  values_[id].is_input = true;
  inputs_.push_back(id);
  return id;
}

ValueId Graph::add_constant(ConstantPtr constant, std::string_view wanted) {
  const ValueId id = new_value(wanted, constant->type());
  values_[id].constant = std::move(constant);
  return id;
}

std::vector<ValueId> Graph::add_node_typed(OpPtr op, std::vector<ValueId> inputs, const Types& types, std::string_view origin) {
  const auto id = static_cast<NodeId>(nodes_.size());
  const std::string prefix(op->id());
  Node node;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.origin = origin;
  for (uint32_t i = 0; i < node.inputs.size(); ++i) values_[node.inputs[i]].uses.push_back({id, i});
  for (uint32_t i = 0; i < types.size(); ++i) {
    const ValueId out = new_value(prefix, types[i]);
    values_[out].producer = id;
    values_[out].producer_output = i;
    node.outputs.push_back(out);
  }
  std::vector<ValueId> outputs = node.outputs;
  nodes_.push_back(std::move(node));
  return outputs;
}

Result<std::vector<ValueId>> Graph::add_node(OpPtr op, std::vector<ValueId> inputs, std::string_view origin) {
  Types types;
  for (ValueId v : inputs) types.push_back(values_[v].type);
  auto inferred = op->infer(types);
  if (!inferred.ok()) return std::move(inferred).status().with(str("node \"", origin, "\" (", op->id(), ")"));
  return add_node_typed(std::move(op), std::move(inputs), *inferred, origin);
}

Result<ValueId> Graph::add(OpPtr op, std::vector<ValueId> inputs, std::string_view origin) {
  TRY_ASSIGN(auto outputs, add_node(std::move(op), std::move(inputs), origin));
  if (outputs.size() != 1) return internal_error(str("node \"", origin, "\" has ", outputs.size(), " outputs, want 1"));
  return outputs[0];
}

std::vector<NodeId> Graph::topological_order() const {
  // Kahn's algorithm taking the smallest ready id first, so that equal graphs give equal orders.
  std::vector<uint32_t> waiting(nodes_.size(), 0);
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (NodeId n = 0; n < nodes_.size(); ++n) {
    if (!nodes_[n].alive) continue;
    for (ValueId v : nodes_[n].inputs) waiting[n] += values_[v].producer != kNone ? 1U : 0U;
    if (waiting[n] == 0) ready.push(n);
  }
  std::vector<NodeId> order;
  while (!ready.empty()) {
    const NodeId n = ready.top();
    ready.pop();
    order.push_back(n);
    for (ValueId v : nodes_[n].outputs) {
      for (const Use& use : values_[v].uses) {
        if (--waiting[use.node] == 0) ready.push(use.node);
      }
    }
  }
  return order;
}

size_t Graph::living_nodes() const {
  return static_cast<size_t>(std::count_if(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.alive; }));
}

Types Graph::input_types(NodeId id) const {
  Types out;
  for (ValueId v : nodes_[id].inputs) out.push_back(values_[v].type);
  return out;
}

Types Graph::output_types(NodeId id) const {
  Types out;
  for (ValueId v : nodes_[id].outputs) out.push_back(values_[v].type);
  return out;
}

bool Graph::is_output(ValueId id) const { return std::find(outputs_.begin(), outputs_.end(), id) != outputs_.end(); }
bool Graph::single_use(ValueId id) const { return values_[id].uses.size() == 1 && !is_output(id); }

void Graph::drop_use(ValueId value, Use use) {
  auto& uses = values_[value].uses;
  // Passes walk producers first and drop early uses first, so that a search from the front ends soon; the last use fills the gap.
  const auto found = std::find(uses.begin(), uses.end(), use);
  if (found == uses.end()) return;
  *found = uses.back();
  uses.pop_back();
}

void Graph::replace_value(ValueId from, ValueId to) {
  if (from == to) return;
  for (const Use& use : values_[from].uses) {
    nodes_[use.node].inputs[use.input] = to;
    values_[to].uses.push_back(use);
  }
  values_[from].uses.clear();
  if (!is_output(from)) return;
  // An output keeps its name through rewrites, unless its new value already is an input or another output.
  if (!values_[to].is_input && !is_output(to)) std::swap(values_[from].name, values_[to].name);
  std::replace(outputs_.begin(), outputs_.end(), from, to);
}

void Graph::set_input(NodeId node, uint32_t input, ValueId value) {
  drop_use(nodes_[node].inputs[input], {node, input});
  nodes_[node].inputs[input] = value;
  values_[value].uses.push_back({node, input});
}

void Graph::erase_node(NodeId id) {
  Node& node = nodes_[id];
  for (uint32_t i = 0; i < node.inputs.size(); ++i) drop_use(node.inputs[i], {id, i});
  for (ValueId v : node.outputs) {
    values_[v].alive = false;
    values_[v].producer = kNone;
  }
  node.inputs.clear();
  node.alive = false;
}

size_t Graph::erase_dead() {
  std::vector<bool> live_value(values_.size(), false);
  for (ValueId v : outputs_) live_value[v] = true;
  const std::vector<NodeId> order = topological_order();
  size_t erased = 0;
  for (size_t i = order.size(); i-- > 0;) {
    const Node& node = nodes_[order[i]];
    const bool live = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId v) { return live_value[v]; });
    if (live) {
      for (ValueId v : node.inputs) live_value[v] = true;
    } else {
      erase_node(order[i]);
      ++erased;
    }
  }
  for (ValueId v = 0; v < values_.size(); ++v) {
    if (values_[v].constant && !live_value[v]) {
      values_[v].alive = false;
      values_[v].constant.reset();
    }
  }
  return erased;
}

void Graph::rename_value(ValueId id, std::string_view wanted) {
  name_counters_.erase(values_[id].name);
  values_[id].name = unique_name(wanted);
}

Hash128 hash(const Graph& graph) {
  Hasher h;
  std::vector<uint64_t> number(graph.value_count(), 0);
  uint64_t next = 1;
  for (ValueId v : graph.inputs()) {
    number[v] = next++;
    h.text(graph.type(v).text());
  }
  const auto reference = [&](ValueId v) {
    if (graph.is_constant(v)) {
      const Hash128& c = graph.value(v).constant->hash();
      h.number(0).number(c.high).number(c.low);
    } else {
      h.number(number[v]);
    }
  };
  for (NodeId n : graph.topological_order()) {
    const Node& node = graph.node(n);
    hash_op(h, *node.op).number(node.inputs.size());
    for (ValueId v : node.inputs) reference(v);
    h.number(node.outputs.size());
    for (ValueId v : node.outputs) {
      number[v] = next++;
      h.text(graph.type(v).text());
    }
  }
  h.number(graph.outputs().size());
  for (ValueId v : graph.outputs()) reference(v);
  return h.digest();
}

std::string print_attributes(const Op& op) { return attribute_text(op); }

}  // namespace mindird::ir
