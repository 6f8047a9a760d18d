// Reverse: Reverses the order of elements along axes.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct Reverse final : ir::Op {
  static constexpr std::string_view kId = "Reverse";

  std::vector<int64_t> axes;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
