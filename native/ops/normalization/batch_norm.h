// BatchNorm: Inference batch normalisation over channel axis 1: y = (x - mean) / sqrt(variance + epsilon) * scale + bias. Inputs x, scale, bias, mean,
// variance.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct BatchNorm final : ir::Op {
  static constexpr std::string_view kId = "BatchNorm";

  double epsilon = 1e-5;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
