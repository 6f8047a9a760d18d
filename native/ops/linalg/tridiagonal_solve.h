// TridiagonalSolve: X with T X = B. Input 0 [..., 3, n] holds superdiagonal, diagonal and subdiagonal of T (the last of the first and the first of the last are
// not read), input 1 is B [..., n, k]. Gaussian elimination, with exchanges of neighbouring rows where partial_pivoting says so.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct TridiagonalSolve final : ir::Op {
  static constexpr std::string_view kId = "TridiagonalSolve";

  bool partial_pivoting = true;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
