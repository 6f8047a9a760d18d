// RaggedRange: several ranges one after another: start, start + step, … as far as the limit, which is excluded, each given by one element of three tensors
// of one type and shape ([n], or a scalar for one range). Where each begins, and where the last ends [n+1], and the numbers, whose count is known only at
// run time.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct RaggedRange final : ir::Op {
  static constexpr std::string_view kId = "RaggedRange";

  static constexpr int64_t kMostNumbers = int64_t{1} << 24U;

  DType splits = DType::kI64;   // the type of the first output: i32 or i64
  int64_t most = kMostNumbers;  // more numbers in all are an error

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
