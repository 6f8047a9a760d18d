// Slice: Strided slice: out[i] = in[begin + i * stride] for i < size, one entry per dim of x. Strides may be negative. All positions must lie inside x.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct Slice final : ir::Op {
  static constexpr std::string_view kId = "Slice";

  std::vector<int64_t> begin;
  std::vector<int64_t> size;
  std::vector<int64_t> stride;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
