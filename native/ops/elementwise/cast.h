// Cast: Converts the element type. Float to integer truncates towards zero (out of range saturates, NaN gives 0); to bool: not equal to zero.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Cast final : ir::Op {
  static constexpr std::string_view kId = "Cast";

  DType to = DType::kF32;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
