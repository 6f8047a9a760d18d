// Sort: Stable sort along an axis. Outputs values, indices (i32).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Sort final : ir::Op {
  static constexpr std::string_view kId = "Sort";

  int64_t axis = -1;
  bool descending = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
