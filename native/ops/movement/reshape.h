// Reshape: The same elements under another shape; all dims known (one -1 is allowed where the input has unknown dims).
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct Reshape final : ir::Op {
  static constexpr std::string_view kId = "Reshape";

  std::vector<int64_t> shape;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.view = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
