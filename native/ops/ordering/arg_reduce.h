// ArgReduce: Index of the largest or smallest element along an axis; the lowest index among equals. Output dtype i32 or i64.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class ArgReduceKind : uint8_t { kMax, kMin };
inline constexpr std::array<std::string_view, 2> kArgReduceKindNames = {"max", "min"};

struct ArgReduce final : ir::Op {
  static constexpr std::string_view kId = "ArgReduce";

  ArgReduceKind kind = ArgReduceKind::kMax;
  int64_t axis = -1;
  bool keep_dims = false;
  DType index_type = DType::kI64;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
