// Softmax: Softmax over one axis, maximum subtracted first; `log` gives its logarithm.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Softmax final : ir::Op {
  static constexpr std::string_view kId = "Softmax";

  int64_t axis = -1;
  bool log = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
