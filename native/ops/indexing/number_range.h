// NumberRange: start, start + step, … as far as the limit, which is excluded: scalars of one type to a vector whose length is known only at run time
// (dim -1).
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct NumberRange final : ir::Op {
  static constexpr std::string_view kId = "NumberRange";

  static constexpr int64_t kMostNumbers = int64_t{1} << 24U;

  int64_t most = kMostNumbers;  // a longer one is an error

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
