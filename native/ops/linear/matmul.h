// MatMul: C = op(A) op(B) over the last two dims, leading dims broadcast. Ranks at least 2. Optional input 2: bias of shape [columns of C], added to every row.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct MatMul final : ir::Op {
  static constexpr std::string_view kId = "MatMul";

  bool transpose_a = false;
  bool transpose_b = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
