// AdaptivePoolPositions: where AdaptivePool of kind max finds its values, as offsets in the plane. Among equal elements the first counts; NaN is the largest.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct AdaptivePoolPositions final : ir::Op {
  static constexpr std::string_view kId = "AdaptivePoolPositions";

  std::vector<int64_t> size;
  DType index_type = DType::kI64;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
