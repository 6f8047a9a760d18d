// Quantize and Dequantize: numbers as 8-bit integers times a scale, symmetric (the zero point is 0).
//
//   Quantize(x, scale)   = clamp(round half to even(x / scale), -128, 127) : i8
//   Dequantize(q, scale) = q * scale : f32
//
// `scale` is f32: one number of rank 0, or one per position of dimension `axis`.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct Quantize final : ir::Op {
  static constexpr std::string_view kId = "Quantize";

  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

struct Dequantize final : ir::Op {
  static constexpr std::string_view kId = "Dequantize";

  int64_t axis = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
