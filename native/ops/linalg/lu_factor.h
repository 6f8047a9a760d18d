// LuFactor: P A = L U with partial pivoting for each matrix [m, n] in the last two dims. Outputs: L below the diagonal (its own diagonal of ones is not
// stored) and U from it on, in one matrix; and the pivots i32 [..., min(m, n)]: row i changed places with row pivots[i] in step i.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct LuFactor final : ir::Op {
  static constexpr std::string_view kId = "LuFactor";

  std::string_view id() const override { return kId; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
