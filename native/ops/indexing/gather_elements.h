// GatherElements: y[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on; the output has the shape of the indices.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct GatherElements final : ir::Op {
  static constexpr std::string_view kId = "GatherElements";

  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
