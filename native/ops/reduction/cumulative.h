// Cumulative: Running sum, product or logarithm of the sum of exponentials along an axis; exclusive leaves out the element itself, reverse runs from the end.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class CumulativeKind : uint8_t { kSum, kProd, kLogSumExp };
inline constexpr std::array<std::string_view, 3> kCumulativeKindNames = {"sum", "prod", "logsumexp"};

struct Cumulative final : ir::Op {
  static constexpr std::string_view kId = "Cumulative";

  CumulativeKind kind = CumulativeKind::kSum;
  int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
