// SuppressAlike: Which of N things are kept when those that are too like a better one are dropped: their positions, i32 [count], the best first. Inputs: how
// much each is like each other [N,N], scores [N], then, as scalars, how many are kept at most, from which likeness on one is dropped, and the score above which
// one counts. The count is known only at run time (dim -1).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct SuppressAlike final : ir::Op {
  static constexpr std::string_view kId = "SuppressAlike";

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
