// HouseholderQr: A = Q R for each matrix [m, n] in the last two dims, as LAPACK keeps it: output 0 has R in its upper triangle and below it the vectors v of
// the reflections H = I - tau v v^T (their leading 1 is not stored), output 1 is tau [..., min(m, n)]; Q is the product of the reflections in order.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct HouseholderQr final : ir::Op {
  static constexpr std::string_view kId = "HouseholderQr";

  std::string_view id() const override { return kId; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
