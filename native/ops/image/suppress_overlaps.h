// SuppressOverlaps: Which of boxes [N,4] (x1, y1, x2, y2), the most important first, are kept: [N] bool. A box is dropped when a kept one before it overlaps
// it by more than `threshold` of the area that both cover (greedy non-maximum suppression).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct SuppressOverlaps final : ir::Op {
  static constexpr std::string_view kId = "SuppressOverlaps";

  double threshold = 0.5;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
};

}  // namespace mindird::ops
