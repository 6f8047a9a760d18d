// GatherNd: The last dim of indices addresses the leading dims of x.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct GatherNd final : ir::Op {
  static constexpr std::string_view kId = "GatherNd";

  std::string_view id() const override { return kId; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
