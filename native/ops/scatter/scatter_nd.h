// ScatterNd: x with some slices replaced by, or combined with, those of `updates`. The last dim of indices (i32 or i64, -n..-1 count from the end, others
// outside are an INVALID_ARGUMENT error) addresses leading dims of x; updates is indices.dims[:-1] + x.dims[depth:]. Slices addressed more than once are
// written in the order of the indices: of updates the last one stays.
#pragma once

#include "ops/scatter/scatter_kind.h"

namespace mindird::ops {

struct ScatterNd final : ir::Op {
  static constexpr std::string_view kId = "ScatterNd";

  ScatterKind kind = ScatterKind::kUpdate;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
