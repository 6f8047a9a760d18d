// LayerNorm: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance over the dims from begin_axis on. gamma and beta have the shape of
// those dims.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct LayerNorm final : ir::Op {
  static constexpr std::string_view kId = "LayerNorm";

  int64_t begin_axis = -1;
  double epsilon = 1e-5;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
