// Select: z = condition ? x : y with broadcasting; condition is bool, x and y share a dtype.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Select final : ir::Op {
  static constexpr std::string_view kId = "Select";

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
