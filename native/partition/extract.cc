#include <unordered_map>

#include "partition/partition.h"

namespace mindird::partition {
namespace {

class Extractor {
 public:
  Extractor(const ir::Graph& parent, const Partition& partition) : parent_(parent), partition_(partition), inside_(parent.node_count(), false) {
    for (ir::NodeId n : partition.nodes) inside_[n] = true;
  }

  Subgraph run() && {
    out_.engine = partition_.engine;
    out_.graph.name = parent_.name;
    for (ir::NodeId n : partition_.nodes) add_node(n);
    std::vector<ir::ValueId> outputs;
    for (ir::NodeId n : partition_.nodes) {
      for (ir::ValueId v : parent_.node(n).outputs) {
        if (!needed_outside(v)) continue;
        out_.outputs.push_back(v);
        outputs.push_back(map_.at(v));
      }
    }
    out_.graph.set_outputs(std::move(outputs));
    return std::move(out_);
  }

 private:
  ir::ValueId import(ir::ValueId v) {
    const auto found = map_.find(v);
    if (found != map_.end()) return found->second;
    const ir::Value& value = parent_.value(v);
    ir::ValueId id = 0;
    if (value.constant) {
      id = out_.graph.add_constant(value.constant, value.name);
    } else {
      id = out_.graph.add_input(value.name, value.type);
      out_.inputs.push_back(v);
    }
    map_.emplace(v, id);
    return id;
  }

  void add_node(ir::NodeId n) {
    const ir::Node& node = parent_.node(n);
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) inputs.push_back(import(v));
    const auto outputs = out_.graph.add_node_typed(node.op, std::move(inputs), parent_.output_types(n), node.origin);
    for (size_t i = 0; i < outputs.size(); ++i) {
      out_.graph.rename_value(outputs[i], parent_.value(node.outputs[i]).name);
      map_.emplace(node.outputs[i], outputs[i]);
    }
  }

  bool needed_outside(ir::ValueId v) const {
    if (parent_.is_output(v)) return true;
    for (const ir::Use& use : parent_.value(v).uses) {
      if (!inside_[use.node]) return true;
    }
    return false;
  }

  const ir::Graph& parent_;
  const Partition& partition_;
  std::vector<bool> inside_;
  std::unordered_map<ir::ValueId, ir::ValueId> map_;
  Subgraph out_;
};

}  // namespace

Result<std::vector<Subgraph>> extract(const ir::Graph& graph, std::span<const Partition> partitions) {
  std::vector<Subgraph> out;
  for (const Partition& p : partitions) out.push_back(Extractor(graph, p).run());
  return out;
}

}  // namespace mindird::partition
