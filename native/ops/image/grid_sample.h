// GridSample: Samples x [N,C,H,W] at grid [N,Ho,Wo,2] (x then y, -1..1), bilinear, zeros outside.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct GridSample final : ir::Op {
  static constexpr std::string_view kId = "GridSample";

  bool align_corners = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
