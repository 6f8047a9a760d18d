// CumSum: Cumulative sum along an axis; exclusive leaves out the element itself, reverse runs from the end.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct CumSum final : ir::Op {
  static constexpr std::string_view kId = "CumSum";

  int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
