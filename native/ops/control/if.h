// If: one of two graphs, as a condition says.
#pragma once

#include <array>

#include "ir/graph.h"
#include "ir/op.h"

namespace mindird::ops {

/**
 * Inputs: the condition, one bool, and then those of both graphs. Outputs: those of the graph that is run; a dimension in which the two
 * differ is unknown.
 */
struct If final : ir::Op {
  static constexpr std::string_view kId = "If";
  enum Branch : uint8_t { kThen, kElse };

  std::string_view id() const override { return kId; }
  std::span<const ir::GraphPtr> bodies() const override { return bodies_; }
  /// Two graphs with the same inputs, and outputs of the same element types and ranks.
  Status set_bodies(std::vector<ir::GraphPtr> bodies) override;
  ir::Traits traits() const override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  /// Of the dearer graph.
  double cost(std::span<const TensorType> inputs, std::span<const TensorType> outputs) const override;

  /// The graph for a condition.
  const ir::Graph& chosen(const Tensor& condition) const;

 private:
  std::array<ir::GraphPtr, 2> bodies_;
  ir::Types outputs_;
};

}  // namespace mindird::ops
