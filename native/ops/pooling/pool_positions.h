// PoolPositions: where Pool of kind max over 1 to 3 spatial dims of x [N,C,spatial…] finds its values: the offset in the plane, or in all channels of the row
// (across_channels). Among equal elements the first counts; NaN is the largest.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct PoolPositions final : ir::Op {
  static constexpr std::string_view kId = "PoolPositions";

  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> dilation;
  std::vector<int64_t> pad_begin;
  std::vector<int64_t> pad_end;
  bool ceil_mode = false;
  bool across_channels = false;
  DType index_type = DType::kI64;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
