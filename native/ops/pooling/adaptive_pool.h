// AdaptivePool: Pooling to a given output size over the last size.rank dims of x [N,C,spatial…]: window i of a dim covers [floor(i*in/out),
// ceil((i+1)*in/out)).
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class AdaptivePoolKind : uint8_t { kMax, kAverage };
inline constexpr std::array<std::string_view, 2> kAdaptivePoolKindNames = {"max", "average"};

struct AdaptivePool final : ir::Op {
  static constexpr std::string_view kId = "AdaptivePool";

  AdaptivePoolKind kind = AdaptivePoolKind::kAverage;
  std::vector<int64_t> size;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
