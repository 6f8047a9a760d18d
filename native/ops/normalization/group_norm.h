// GroupNorm: Normalises each of `groups` groups of channels per sample, then y * gamma + beta per channel. Inputs x [N,C,…], gamma [C], beta [C].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct GroupNorm final : ir::Op {
  static constexpr std::string_view kId = "GroupNorm";

  int64_t groups = 1;
  double epsilon = 1e-5;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
