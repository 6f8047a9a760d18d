// Identity: y = x.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Identity final : ir::Op {
  static constexpr std::string_view kId = "Identity";

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true, .view = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
