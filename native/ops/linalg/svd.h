// Svd: A = U diag(s) V^T for each matrix [m, n] in the last two dims. Outputs: s [..., k], descending, k = min(m, n); U [..., m, k] and V [..., n, k], or with
// full_matrices [..., m, m] and [..., n, n]. Signs of pairs of columns are arbitrary. A matrix with NaN or infinity gives NaN.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Svd final : ir::Op {
  static constexpr std::string_view kId = "Svd";

  bool full_matrices = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
