// Reduce: Reduces over `axes` (sorted, non-negative; empty = nothing is reduced). mean of integers truncates; all and any are for bool; sum accumulates
// f16/bf16/f32 in f32 or wider.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class ReduceKind : uint8_t { kSum, kMean, kMax, kMin, kProd, kAll, kAny };
inline constexpr std::array<std::string_view, 7> kReduceKindNames = {"sum", "mean", "max", "min", "prod", "all", "any"};

struct Reduce final : ir::Op {
  static constexpr std::string_view kId = "Reduce";

  ReduceKind kind = ReduceKind::kSum;
  std::vector<int64_t> axes;
  bool keep_dims = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
