// MaskedSelect: Elements of x (broadcast with mask) where mask is true, as a vector of unknown length.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct MaskedSelect final : ir::Op {
  static constexpr std::string_view kId = "MaskedSelect";

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
