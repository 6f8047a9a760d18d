// Attention: softmax(q k^T * scale + mask) v over the last two dims: q [B…,S,D], k [B…,L,D], v [B…,L,E], optional mask broadcastable to [B…,S,L], added.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Attention final : ir::Op {
  static constexpr std::string_view kId = "Attention";

  double scale = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
