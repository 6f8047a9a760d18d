// Compare: z = x <kind> y with broadcasting; inputs of one dtype, output bool.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class CompareKind : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
inline constexpr std::array<std::string_view, 6> kCompareKindNames = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"};

struct Compare final : ir::Op {
  static constexpr std::string_view kId = "Compare";

  CompareKind kind = CompareKind::kEqual;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
