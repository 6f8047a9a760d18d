// ScatterElements: x with y[i][index[i][j][k]][k] replaced by, or combined with, updates[i][j][k] for axis 1, and so on. Indices are i32 or i64 (-n..-1 count
// from the end, others outside are an INVALID_ARGUMENT error) of the shape of updates, no larger than x beside the axis. What is addressed more than once is
// written in row-major order.
#pragma once

#include "ops/scatter/scatter_kind.h"

namespace mindird::ops {

struct ScatterElements final : ir::Op {
  static constexpr std::string_view kId = "ScatterElements";

  ScatterKind kind = ScatterKind::kUpdate;
  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
