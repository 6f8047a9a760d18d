// The graph IR: values and nodes in arenas addressed by ValueId and NodeId. A value is a graph input, a constant or the
// output of a node. Edges are kept on both sides (inputs of nodes, uses of values). Graphs are built with add_* and changed only by
// the functions of the "changing" section, which keep uses, names and origins right.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/status.h"
#include "ir/op.h"
#include "tensor/tensor.h"

namespace mindird::ir {

using ValueId = uint32_t;
using NodeId = uint32_t;
inline constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

struct Use {
  NodeId node;
  uint32_t input;  // position in the node's inputs
  bool operator==(const Use&) const = default;
};

struct Value {
  TensorType type;
  std::string name;              // unique in the graph
  NodeId producer = kNone;       // kNone: a graph input or a constant
  uint32_t producer_output = 0;  // which output of the producer
  ConstantPtr constant;          // set for constants only
  std::vector<Use> uses;
  bool is_input = false;
  bool alive = true;
};

struct Node {
  OpPtr op;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::string origin;  // name of the node in the model file, kept through all fusions
  bool alive = true;
};

class Graph {
 public:
  std::string name = "graph";

  // --- building -----------------------------------------------------------------------------------------------
  ValueId add_input(std::string_view name, const TensorType& type);
  ValueId add_constant(ConstantPtr constant, std::string_view name = "c");
  /// Adds a node, infers its output types (errors name origin and operator) and returns its output values.
  Result<std::vector<ValueId>> add_node(OpPtr op, std::vector<ValueId> inputs, std::string_view origin);
  /// The same for the common case of one output.
  Result<ValueId> add(OpPtr op, std::vector<ValueId> inputs, std::string_view origin);
  /// Adds a node whose output types are given instead of inferred (unknown dims downstream of data-dependent operators).
  std::vector<ValueId> add_node_typed(OpPtr op, std::vector<ValueId> inputs, const Types& types, std::string_view origin);
  void set_outputs(std::vector<ValueId> outputs) { outputs_ = std::move(outputs); }

  // --- reading ------------------------------------------------------------------------------------------------
  std::span<const ValueId> inputs() const { return inputs_; }
  /// The same value may occur twice; an output may be an input or a constant.
  std::span<const ValueId> outputs() const { return outputs_; }
  const Value& value(ValueId id) const { return values_[id]; }
  const Node& node(NodeId id) const { return nodes_[id]; }
  const TensorType& type(ValueId id) const { return values_[id].type; }
  /// Upper bounds of ids, for side tables; check `alive`.
  size_t value_count() const { return values_.size(); }
  size_t node_count() const { return nodes_.size(); }
  /// Living nodes, producers before consumers; stable for equal graphs.
  std::vector<NodeId> topological_order() const;
  size_t living_nodes() const;
  Types input_types(NodeId id) const;
  Types output_types(NodeId id) const;
  bool is_constant(ValueId id) const { return values_[id].constant != nullptr; }
  bool is_output(ValueId id) const;
  /// True when `id` has exactly one use and is not a graph output.
  bool single_use(ValueId id) const;

  // --- changing -----------------------------------------------------------------------------------------------
  /// All uses of `from`, graph outputs included, become uses of `to`. Types must be equal; the name of `from` moves to `to` when `from` is a graph output.
  void replace_value(ValueId from, ValueId to);
  void set_input(NodeId node, uint32_t input, ValueId value);
  /// Replaces the operator of a node whose output types stay the same.
  void set_op(NodeId node, OpPtr op) { nodes_[node].op = std::move(op); }
  /// Removes a node without living uses of its outputs.
  void erase_node(NodeId node);
  /// Removes nodes and constants nothing depends on. Graph inputs stay. Returns how many nodes went.
  size_t erase_dead();
  void rename_value(ValueId id, std::string_view name);
  Graph clone() const { return *this; }

  /// Invariant I1: inputs defined before use, no cycle, types equal re-inference where dims are known, names unique, uses symmetric; the same for
  /// the graphs of its operators.
  Status verify() const;

 private:
  ValueId new_value(std::string_view name, const TensorType& type);
  std::string unique_name(std::string_view wanted);
  void drop_use(ValueId value, Use use);

  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::unordered_map<std::string, uint32_t> name_counters_;  // every name taken, with the last suffix tried
};

/// The text form (see DESIGN: `graph name(x: f32[1,3]) -> (y) { … }`). Constants small enough are written inline, others by hash.
struct PrintOptions {
  bool constant_values = false;  // write all constant contents, so that parse gives the same graph back
  bool origins = true;
};
std::string print(const Graph& graph, const PrintOptions& options = {});
Result<Graph> parse(std::string_view text);
/// Structure, attributes, types and constant contents; not names and origins.
Hash128 hash(const Graph& graph);
/// Attributes as text: `{stride=[1,1], groups=1}`.
std::string print_attributes(const Op& op);

/// Runs the whole graph with `evaluate`; inputs in graph order. Unknown dims are inferred from the actual tensors on the way. The oracle.
struct OwnedTensor {
  Tensor tensor;
  std::shared_ptr<Buffer> buffer;
};
Result<std::vector<OwnedTensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs);

}  // namespace mindird::ir
