// SymmetricEigen: A = V diag(w) V^T for each symmetric matrix in the last two dims, of which one triangle is read. Outputs: w [..., n], ascending, and V [...,
// n, n], whose columns are unit eigenvectors (their signs are arbitrary). A matrix with NaN or infinity gives NaN.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct SymmetricEigen final : ir::Op {
  static constexpr std::string_view kId = "SymmetricEigen";

  bool lower = true;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
