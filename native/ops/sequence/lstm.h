// Lstm: One LSTM layer, one direction. Inputs x [T,N,I], h0 [1,N,H], c0 [1,N,H], w_input [4H,I], w_hidden [4H,H], bias [4H]; gates in the order i, f, g, o.
// Outputs y [T,N,H], h [1,N,H], c [1,N,H].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Lstm final : ir::Op {
  static constexpr std::string_view kId = "Lstm";

  int64_t hidden_size = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
