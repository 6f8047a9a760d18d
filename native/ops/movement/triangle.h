// Triangle: Keeps the upper (or lower) triangle of the last two dims, zero elsewhere: upper keeps column - row >= diagonal, lower keeps column - row <=
// diagonal.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Triangle final : ir::Op {
  static constexpr std::string_view kId = "Triangle";

  bool upper = true;
  int64_t diagonal = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
