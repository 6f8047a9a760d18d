// CumulativeExtreme: Running maximum or minimum along an axis, and where it was found (i64); the last position among equals. A NaN stays from where it is
// found. Outputs values, indices.
#pragma once

#include "ops/ordering/arg_reduce.h"

namespace mindird::ops {

struct CumulativeExtreme final : ir::Op {
  static constexpr std::string_view kId = "CumulativeExtreme";

  ArgReduceKind kind = ArgReduceKind::kMax;
  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
