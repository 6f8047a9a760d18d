// SegmentReduce: Reduces the slices of x that have one segment number. `ids` (i32 or i64) has the leading dims of x and numbers its slices; the output is
// [segments] + x.dims[ids.rank:]. A slice with a negative number is left out, one beyond the last segment is an INVALID_ARGUMENT error. A segment without
// slices is `empty` (the nearest value of the element type). With segments -1 there are as many as the largest number in ids asks for, which only the data
// tells.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class SegmentKind : uint8_t { kSum, kMean, kSqrtN, kProd, kMax, kMin };
/// sqrtn: the sum divided by the square root of the number of slices.
inline constexpr std::array<std::string_view, 6> kSegmentKindNames = {"sum", "mean", "sqrtn", "prod", "max", "min"};

struct SegmentReduce final : ir::Op {
  static constexpr std::string_view kId = "SegmentReduce";

  SegmentKind kind = SegmentKind::kSum;
  int64_t segments = 1;
  double empty = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  ir::Traits traits() const override { return {.data_dependent = segments < 0}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
