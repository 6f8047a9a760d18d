// Lowering: a program and concrete input shapes give a graph of core operators. Every step is handed to the function registered for its
// primitive, with a Call through which it reads its arguments and emits nodes. Tuples, scalars and shape arithmetic live only here: shapes
// are known, so they are computed on the way and never enter the graph.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"
#include "mindir/item.h"
#include "mindir/program.h"

namespace mindird::mindir {

/// Largest tensor a model may have between its operators; more is refused when the model is lowered.
inline constexpr int64_t kMaxTensorBytes = int64_t{8} << 30U;

class Lowering {
 public:
  explicit Lowering(const Program& program);

  /// Errors name the node; the shapes fit the declared inputs.
  Result<ir::Graph> run(std::span<const Shape> input_shapes);

  // For Call:
  const Program& program() const { return program_; }
  ir::Graph& graph() { return graph_; }
  const Item& item(SlotId slot) const { return items_[slot]; }
  /// Adds a node; checks the sizes of its results.
  Result<std::vector<ir::ValueId>> emit(ir::OpPtr op, std::vector<ir::ValueId> inputs, const Step& step);
  /// Takes the price of work on that many values from the budget that the size of the file gives.
  Status spend(size_t values);
  /// The constant as a value of the graph, added once.
  ir::ValueId constant(const ConstantPtr& constant);

 private:
  Status add_inputs(std::span<const Shape> shapes);
  Status lower_step(const Step& step);
  Status blame(Status status) const;
  Result<ir::Types> infer(const ir::Op& op, std::span<const ir::ValueId> inputs) const;
  /// Shape arithmetic on small constant integers is done at once, so that its results can be shapes; null when this is not such a node.
  Result<std::optional<std::vector<ir::ValueId>>> fold(const ir::Op& op, std::span<const ir::ValueId> inputs, const ir::Types& types);
  Status check_declared(const Step& step, const Item& result) const;
  Status collect_outputs(const Item& item, std::vector<ir::ValueId>& out);

  const Program& program_;
  ir::Graph graph_;
  std::vector<Item> items_;
  std::unordered_map<Hash128, ir::ValueId, Hash128Hasher> constants_;
  std::unordered_map<Hash128, std::string_view, Hash128Hasher> constant_names_;  // as the file calls them
  size_t node_budget_;
};

}  // namespace mindird::mindir
