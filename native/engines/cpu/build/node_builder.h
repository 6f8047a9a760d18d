// What a builder sees: the node with what its group absorbed, its operands in the layouts it asks for, and a way to emit steps.
#pragma once

#include "engines/cpu/build/pack.h"
#include "engines/cpu/build/planner.h"
#include "engines/cpu/run/kernel_step.h"
#include "engines/cpu/run/primitive_step.h"

namespace mindird::engines::cpu {

class NodeBuilder {
 public:
  NodeBuilder(Planner& planner, const Group& group) : planner_(planner), group_(group) {}

  const ir::Graph& graph() const { return planner_.graph(); }
  const ir::Node& node() const { return graph().node(group_.anchor); }
  template <class T>
  const T& op() const {
    return static_cast<const T&>(*node().op);
  }
  const Group& group() const { return group_; }
  const BuildOptions& options() const { return planner_.options(); }
  bool optimize() const { return planner_.options().optimize; }
  int threads() const { return planner_.threads(); }

  size_t inputs() const { return node().inputs.size(); }
  const TensorType& in_type(size_t i) const { return graph().type(node().inputs[i]); }
  /// Output i of the node; output 0 is the group's last value when something was absorbed.
  ir::ValueId out_value(size_t i = 0) const { return graph().node(group_.last()).outputs[i]; }
  const TensorType& out_type(size_t i = 0) const { return graph().type(node().outputs[i]); }
  /// The constant behind input i, or null.
  ConstantPtr constant(size_t i) const { return graph().value(node().inputs[i]).constant; }

  /// The layout input i has at the moment (plain for constants).
  const Layout& in_layout(size_t i) const { return planner_.place(node().inputs[i]).layout; }
  Result<Placed> in(size_t i) { return in(i, in_layout(i)); }
  Result<Placed> in(size_t i, const Layout& layout) { return planner_.place_as(node().inputs[i], layout); }
  Result<Placed> in_plain(size_t i) { return in(i, Layout::plain(in_type(i).shape)); }
  Placed out(size_t i, const Layout& layout) { return planner_.create(out_value(i), layout); }
  void set_view(size_t i, const Placed& placed) { planner_.set_view(out_value(i), placed); }
  /// The layout any value of the graph has at the moment.
  const Layout& layout_of(ir::ValueId value) const { return planner_.place(value).layout; }
  /// Any value of the graph in a layout: what an absorbed operation reads.
  Result<Placed> place_as(ir::ValueId value, const Layout& layout) { return planner_.place_as(value, layout); }

  /// Memory of the step's own, in the workspace.
  Ref scratch(size_t bytes) { return planner_.scratch(bytes); }
  Ref add_constant(const std::byte* data, size_t bytes, std::shared_ptr<const void> owner) { return planner_.add_constant(data, bytes, std::move(owner)); }
  /// Weights in the layout a kernel wants, shared and recorded (pack.h).
  Result<Ref> packed(const PackKey& key, const std::function<Status(std::byte*)>& fill);
  /// Choices and weights known before and made now.
  Record& record() { return planner_.record(); }
  /// Counts the node as a sum of products of `factors`: f32, bf16 or i8.
  void count_product(DType factors) { planner_.count_product(factors); }
  /// Tells profiles how the node's kernel was chosen.
  void explain_choice(std::string chosen, std::vector<TimedKernel> rivals) { planner_.explain_choice(std::move(chosen), std::move(rivals)); }
  /// Says that the product that was just counted reads weights of 16 bits.
  void count_short_weights() { planner_.count_short_weights(); }

  /// What the step is called in listings: operator and absorbed operations, then `kernel`.
  std::string text(std::string_view kernel) const;
  /// Emits a primitive and gives it its scratchpad.
  void emit(const dnnl::primitive_desc_base& pd, const dnnl::primitive& primitive, std::vector<PrimitiveArg> args);
  /// The same for a step beside the operator's, with a name of its own.
  void emit(std::string name, const dnnl::primitive_desc_base& pd, const dnnl::primitive& primitive, std::vector<PrimitiveArg> args);
  void emit(std::string_view kernel, std::vector<Ref> refs, KernelStep::Kernel body);

 private:
  Planner& planner_;
  const Group& group_;
};

}  // namespace mindird::engines::cpu
