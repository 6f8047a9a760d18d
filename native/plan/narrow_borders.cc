#include "plan/narrow_borders.h"

#include <algorithm>
#include <unordered_map>

#include "ops/elementwise/cast.h"

namespace mindird::plan {
namespace {

/// Whether the node casts to this type.
bool casts_to(const ir::Graph& graph, ir::NodeId node, DType to) {
  const auto* cast = ir::op_cast<ops::Cast>(*graph.node(node).op);
  return cast && cast->to == to;
}

bool input_narrows(const ir::Graph& graph, ir::ValueId v) {
  const ir::Value& value = graph.value(v);
  if (value.type.dtype != DType::kF32 || value.uses.empty() || graph.is_output(v)) return false;
  return std::ranges::all_of(value.uses,
                             [&](const ir::Use& use) { return casts_to(graph, use.node, DType::kF16) && !graph.is_output(graph.node(use.node).outputs[0]); });
}

/// The f16 value that becomes the output in place of `v`; kNone where there is none that is computed.
ir::ValueId narrowed_output(const ir::Graph& graph, ir::ValueId v) {
  const ir::NodeId cast = graph.value(v).producer;
  if (cast == ir::kNone || !casts_to(graph, cast, DType::kF32)) return ir::kNone;
  const ir::ValueId from = graph.node(cast).inputs[0];
  const ir::NodeId producer = graph.value(from).producer;
  const bool computed = producer != ir::kNone && !ir::op_cast<ops::Cast>(*graph.node(producer).op);
  return computed && graph.type(from).dtype == DType::kF16 ? from : ir::kNone;
}

/// The graph anew, with other inputs and outputs.
class Narrower {
 public:
  Narrower(const ir::Graph& from, const Narrowable& which) : from_(from), which_(which) {}

  Result<ir::Graph> run() {
    out_.name = from_.name;
    for (size_t i = 0; i < from_.inputs().size(); ++i) add_input(from_.inputs()[i], which_.inputs[i]);
    for (const ir::NodeId n : from_.topological_order()) add_node(n);
    std::vector<ir::ValueId> outputs;
    for (size_t i = 0; i < from_.outputs().size(); ++i) {
      const ir::ValueId old = from_.outputs()[i];
      const ir::ValueId narrow = which_.outputs[i] ? narrowed_output(from_, old) : ir::kNone;
      outputs.push_back(value(narrow == ir::kNone ? old : narrow));
    }
    out_.set_outputs(std::move(outputs));
    out_.erase_dead();
    TRY(out_.verify().with("narrow borders"));
    return std::move(out_);
  }

 private:
  void add_input(ir::ValueId old, bool may) {
    TensorType type = from_.type(old);
    const bool narrow = may && input_narrows(from_, old);
    if (narrow) type.dtype = DType::kF16;
    const ir::ValueId made = out_.add_input(from_.value(old).name, type);
    map_[old] = made;
    // The casts become the input.
    for (const ir::Use& use : from_.value(old).uses) {
      if (narrow) map_[from_.node(use.node).outputs[0]] = made;
    }
  }

  void add_node(ir::NodeId n) {
    const ir::Node& node = from_.node(n);
    if (map_.contains(node.outputs[0])) return;
    std::vector<ir::ValueId> inputs;
    for (const ir::ValueId v : node.inputs) inputs.push_back(value(v));
    const std::vector<ir::ValueId> made = out_.add_node_typed(node.op, std::move(inputs), from_.output_types(n), node.origin);
    for (size_t i = 0; i < made.size(); ++i) {
      out_.rename_value(made[i], from_.value(node.outputs[i]).name);
      map_[node.outputs[i]] = made[i];
    }
  }

  ir::ValueId value(ir::ValueId old) {
    const auto [it, fresh] = map_.try_emplace(old, 0);
    if (fresh) it->second = out_.add_constant(from_.value(old).constant, from_.value(old).name);
    return it->second;
  }

  const ir::Graph& from_;
  const Narrowable& which_;
  ir::Graph out_;
  std::unordered_map<ir::ValueId, ir::ValueId> map_;
};

}  // namespace

std::vector<Narrowable> narrowable(const ir::Graph& graph, std::span<const partition::Subgraph> subgraphs) {
  std::unordered_map<ir::ValueId, int> readers;
  for (const partition::Subgraph& s : subgraphs) {
    for (const ir::ValueId v : s.inputs) ++readers[v];
  }
  std::vector<Narrowable> out;
  for (const partition::Subgraph& s : subgraphs) {
    Narrowable& own = out.emplace_back();
    for (const ir::ValueId v : s.inputs) own.inputs.push_back(graph.value(v).is_input && readers[v] == 1 && !graph.is_output(v));
    for (const ir::ValueId v : s.outputs) own.outputs.push_back(graph.is_output(v) && !readers.contains(v));
  }
  return out;
}

Result<ir::Graph> narrow_borders(const ir::Graph& graph, const Narrowable& which) { return Narrower(graph, which).run(); }

}  // namespace mindird::plan
