// Loop: a graph that is run again and again, each time on what it made of its state, until it says that it is done.
#pragma once

#include <array>

#include "ir/graph.h"
#include "ir/op.h"

namespace mindird::ops {

/**
 * Inputs: `state` tensors, the first round's state, and others that stay the same. The graph has these inputs; its outputs are
 *
 *   again (one bool), the next round's state (`state` tensors of the types of the state), results
 *
 * The outputs of the operator are the results of the round that says no; what earlier rounds give there is dropped. At least one round is run.
 */
struct Loop final : ir::Op {
  static constexpr std::string_view kId = "Loop";
  int64_t state = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override { v.field("state", state); }
  std::span<const ir::GraphPtr> bodies() const override { return body_; }
  Status set_bodies(std::vector<ir::GraphPtr> bodies) override;
  ir::Traits traits() const override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  /// Ends with the error of count_loop_step(), with default limits where this thread has none.
  Status evaluate(const ir::EvalArgs& args) const override;
  /// Of one round: how many there are is not known.
  double cost(std::span<const TensorType> inputs, std::span<const TensorType> outputs) const override;

  size_t state_size() const { return static_cast<size_t>(state); }

 private:
  std::array<ir::GraphPtr, 1> body_;
};

}  // namespace mindird::ops
