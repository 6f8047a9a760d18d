// TriangularSolve: X with op(A) X = B for each pair of matrices in the last two dims of inputs A [..., n, n] and B [..., n, k], where op(A) is A or its
// transpose. Only the triangle named is read; with unit_diagonal its diagonal counts as ones. A zero on the diagonal divides as IEEE 754 says.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct TriangularSolve final : ir::Op {
  static constexpr std::string_view kId = "TriangularSolve";

  bool lower = true;
  bool transpose = false;
  bool unit_diagonal = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
