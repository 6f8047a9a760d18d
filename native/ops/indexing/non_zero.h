// NonZero: Positions of non-zero elements as i64 [count, rank], row-major order. The count is known only at run time (dim -1).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct NonZero final : ir::Op {
  static constexpr std::string_view kId = "NonZero";

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
