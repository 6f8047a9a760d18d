// HouseholderProduct: the first `columns` columns of Q, the product of reflections kept as HouseholderQr does: inputs [..., m, n] and tau [..., k], k <= n and
// k <= m; output [..., m, columns].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct HouseholderProduct final : ir::Op {
  static constexpr std::string_view kId = "HouseholderProduct";

  int64_t columns = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
