// OneHot: Inputs indices, on value, off value (both of one element). A new dim of size depth is inserted at `axis` (-1 = last); an index outside [0, depth)
// gives a row of off values.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct OneHot final : ir::Op {
  static constexpr std::string_view kId = "OneHot";

  int64_t depth = 1;
  int64_t axis = -1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
