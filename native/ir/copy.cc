#include "ir/copy.h"

#include <unordered_map>

namespace mindird::ir {
namespace {

class Copy {
 public:
  explicit Copy(const Graph& from) : from_(from) { out_.name = from.name; }

  Graph run(std::span<const CopiedInput> inputs, std::span<const ValueId> outputs) && {
    for (const CopiedInput& input : inputs) {
      const ValueId made = out_.add_input(input.name, input.type);
      if (input.from != kNone) map_.emplace(input.from, made);
    }
    for (NodeId n : from_.topological_order()) node(from_.node(n), from_.output_types(n));
    out_.set_outputs(mapped(outputs));
    return std::move(out_);
  }

 private:
  std::vector<ValueId> mapped(std::span<const ValueId> values) {
    std::vector<ValueId> out;
    for (ValueId v : values) {
      const auto [it, fresh] = map_.try_emplace(v, kNone);
      if (fresh) it->second = out_.add_constant(from_.value(v).constant, from_.value(v).name);
      out.push_back(it->second);
    }
    return out;
  }

  void node(const Node& node, const Types& types) {
    const std::vector<ValueId> made = out_.add_node_typed(node.op, mapped(node.inputs), types, node.origin);
    for (size_t i = 0; i < made.size(); ++i) {
      out_.rename_value(made[i], from_.value(node.outputs[i]).name);
      map_.emplace(node.outputs[i], made[i]);
    }
  }

  const Graph& from_;
  Graph out_;
  std::unordered_map<ValueId, ValueId> map_;
};

}  // namespace

Graph copy_with_borders(const Graph& graph, std::span<const CopiedInput> inputs, std::span<const ValueId> outputs) { return Copy(graph).run(inputs, outputs); }

}  // namespace mindird::ir
