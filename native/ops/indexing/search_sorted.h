// SearchSorted: Where each of `values` would be inserted into the line of `sorted` (ascending along the last dim) that has the same leading position, as i64:
// before the elements that equal it, or behind them with `right`. `sorted` may also be one vector for all values. NaN lies behind every number.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct SearchSorted final : ir::Op {
  static constexpr std::string_view kId = "SearchSorted";

  bool right = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
