// Cholesky: the lower triangular L with L L^T = A for each symmetric matrix A in the last two dims; only the lower triangle of A is read. What is not
// positive definite gives NaN from the column on where that shows.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Cholesky final : ir::Op {
  static constexpr std::string_view kId = "Cholesky";

  std::string_view id() const override { return kId; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
