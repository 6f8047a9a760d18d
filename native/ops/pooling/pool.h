// Pool: Max or average pooling over 1 to 3 spatial dims of x [N,C,spatial…]. Average divides by the number of real elements under the window,
// or by the window clipped to the padded input when count_include_pad; divisor_override > 0 replaces both. ceil_mode rounds the output size up (the last window
// must start inside the input or its begin padding). Max ignores padding.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class PoolKind : uint8_t { kMax, kAverage };
inline constexpr std::array<std::string_view, 2> kPoolKindNames = {"max", "average"};

struct Pool final : ir::Op {
  static constexpr std::string_view kId = "Pool";

  PoolKind kind = PoolKind::kMax;
  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> dilation;
  std::vector<int64_t> pad_begin;
  std::vector<int64_t> pad_end;
  bool ceil_mode = false;
  bool count_include_pad = false;
  int64_t divisor_override = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
