// TopK: The k largest (or smallest) elements along `axis` in order, and their indices (i32); the lowest index first among equals. Outputs values, indices.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct TopK final : ir::Op {
  static constexpr std::string_view kId = "TopK";

  int64_t k = 1;
  int64_t axis = -1;
  bool largest = true;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
