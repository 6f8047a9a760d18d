// Gather: Takes slices of x along `axis` at indices (i32 or i64; -n..-1 count from the end, others outside are an INVALID_ARGUMENT error). The first batch_dims
// dims of both are matched. Output: x.dims[:axis] + indices.dims[batch_dims:] + x.dims[axis+1:].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Gather final : ir::Op {
  static constexpr std::string_view kId = "Gather";

  int64_t axis = 0;
  int64_t batch_dims = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
