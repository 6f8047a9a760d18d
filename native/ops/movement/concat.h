// Concat: Joins any number of tensors along an axis.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Concat final : ir::Op {
  static constexpr std::string_view kId = "Concat";

  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
