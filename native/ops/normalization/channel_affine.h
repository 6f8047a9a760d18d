// ChannelAffine: y = x * a + b per channel: a and b have shape [size of dim `axis`]. What a BatchNorm without a neighbour to fold into becomes (the article's
// a·x+b).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct ChannelAffine final : ir::Op {
  static constexpr std::string_view kId = "ChannelAffine";

  int64_t axis = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
