// Lrn: Local response normalisation across channels of x [N,C,H,W]: y = x / (bias + alpha * sum of squares over channels c-depth_radius..c+depth_radius)^beta.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Lrn final : ir::Op {
  static constexpr std::string_view kId = "Lrn";

  int64_t depth_radius = 1;
  double bias = 1;
  double alpha = 1;
  double beta = 0.5;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
