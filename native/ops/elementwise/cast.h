// Cast: Converts the element type. Integers wrap in the width of their type; floats round to the nearest, beyond the range to infinity; to bool: not equal
// to zero. Float to integer truncates towards zero, and beyond the range it is what MindSpore's kernels give on x86: NaN and what i32 cannot hold become
// -2^31, what i64 cannot hold -2^63; i8, i16, u8 and u16 are the low bits of the number as i32, u32 those of the number as i64; u64 is exact up to 2^64
// and 0 beyond, negative numbers as of i64.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Cast final : ir::Op {
  static constexpr std::string_view kId = "Cast";

  DType to = DType::kF32;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
