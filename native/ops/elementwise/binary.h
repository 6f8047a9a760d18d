// Binary: z = f(x, y) with NumPy broadcasting; both inputs have one dtype, which is also the output's. Integer division by zero gives 0.
// floor_div and floor_mod round towards minus infinity; trunc_mod has the sign of x. bit_*, gcd, lcm (never
// negative where the type has room, 0 with 0) and shift_* are for integers (shifts by a negative number or
// beyond the width give 0, to the right the sign for signed types), logical_* are for bool.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class BinaryKind : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kFloorMod,
  kTruncMod,
  kPow,
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kBitAnd,
  kBitOr,
  kBitXor,
  kGcd,
  kLcm,
  kShiftLeft,
  kShiftRight,
  kAtan2,
  kLogicalAnd,
  kLogicalOr,
  kLogicalXor
};
inline constexpr std::array<std::string_view, 22> kBinaryKindNames = {
    "add",     "sub",    "mul",     "div", "floor_div", "floor_mod",  "trunc_mod",   "pow",   "maximum",     "minimum",    "squared_difference",
    "bit_and", "bit_or", "bit_xor", "gcd", "lcm",       "shift_left", "shift_right", "atan2", "logical_and", "logical_or", "logical_xor"};

struct Binary final : ir::Op {
  static constexpr std::string_view kId = "Binary";

  BinaryKind kind = BinaryKind::kAdd;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
