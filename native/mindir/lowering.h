// Lowering: a program and concrete input shapes give a graph of core operators. Every step is handed to the function registered for its
// primitive, with a Call through which it reads its arguments and emits nodes. Tuples, scalars and shape arithmetic live only here: shapes
// are known, so they are computed on the way and never enter the graph.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "mindir/control/scope.h"
#include "mindir/item.h"
#include "mindir/program.h"

namespace mindird::mindir {

/// Largest tensor a model may have between its operators; more is refused when the model is lowered.
inline constexpr int64_t kMaxTensorBytes = int64_t{8} << 30U;

class Control;

class Lowering {
 public:
  explicit Lowering(const Program& program);
  ~Lowering();

  /// Errors name the node; the shapes fit the declared inputs.
  Result<ir::Graph> run(std::span<const Shape> input_shapes);

  // For Call:
  const Program& program() const { return program_; }
  ir::Graph& graph() { return scopes_.back()->graph; }
  const ir::Graph& graph() const { return scopes_.back()->graph; }
  const Item& item(SlotId slot) const { return (*items_)[slot]; }
  /// Adds a node; checks the sizes of its results.
  Result<std::vector<ir::ValueId>> emit(ir::OpPtr op, std::vector<ir::ValueId> inputs, const Step& step);
  /// Takes the price of work on that many values from the budget that the size of the file gives.
  Status spend(size_t values);
  /// The constant as a value of the graph, added once.
  ir::ValueId constant(const ConstantPtr& constant);
  /// The same for one that is not of the file, which takes its bytes from the budget for those.
  Result<ir::ValueId> made_constant(const ConstantPtr& made);
  Control& control() { return *control_; }

  // For Control: graphs inside of operators, and the functions that are lowered into them.
  void push(ScopePtr scope) { scopes_.push_back(std::move(scope)); }
  ScopePtr pop();
  Scope& scope() { return *scopes_.back(); }
  /// The scope around the one under construction.
  Scope& outer_scope() { return *scopes_[scopes_.size() - 2]; }
  /// Takes work from a budget, so that calls of calls come to an end.
  Status spend_steps(size_t work);
  /// Runs f with another program's items at hand.
  template <class F>
  auto with_items(const Program& program, F f) {
    const Program* const program_before = std::exchange(current_, &program);
    auto* const items_before = std::exchange(items_, &frame(program));
    auto result = f();
    current_ = program_before;
    items_ = items_before;
    return result;
  }
  void set_item(SlotId slot, Item item) { (*items_)[slot] = std::move(item); }
  /// Errors name the node.
  Status lower(const Step& step);
  /// Adds an If or a Loop.
  Result<std::vector<ir::ValueId>> emit_control(ir::OpPtr op, std::vector<ir::ValueId> inputs, const Step& step);
  /// Nodes that may still be added.
  size_t nodes_left() const { return node_budget_; }

 private:
  Status add_inputs(std::span<const Shape> shapes);
  Status lower_step(const Step& step);
  Status blame(Status status) const;
  Result<ir::Types> infer(const ir::Op& op, std::span<const ir::ValueId> inputs) const;
  /// Shape arithmetic on small constant integers is done at once, so that its results can be shapes; null when this is not such a node.
  Result<std::optional<std::vector<ir::ValueId>>> fold(const ir::Op& op, std::span<const ir::ValueId> inputs, const ir::Types& types);
  Status check_declared(const Step& step, const Item& result) const;
  Status collect_outputs(const Item& item, std::vector<ir::ValueId>& out);

  std::vector<Item>& frame(const Program& program);

  const Program& program_;
  const Program* current_;                 // whose step is being lowered
  std::vector<Item>* items_;               // of current_
  std::vector<std::vector<Item>> frames_;  // items of the functions, and of the main program at the end; empty until it is entered
  std::vector<ScopePtr> scopes_;
  std::unique_ptr<Control> control_;
  std::unordered_map<Hash128, std::string_view, Hash128Hasher> constant_names_;  // as the file calls them
  size_t node_budget_;
  size_t work_budget_;
  size_t made_budget_;
};

}  // namespace mindird::mindir
