// Pad: Pads every dim by before and after (may be negative for constant mode: crops). reflect leaves out the edge element, symmetric repeats it. `value` is
// converted to the dtype.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class PadMode : uint8_t { kConstant, kReflect, kSymmetric };
inline constexpr std::array<std::string_view, 3> kPadModeNames = {"constant", "reflect", "symmetric"};

struct Pad final : ir::Op {
  static constexpr std::string_view kId = "Pad";

  PadMode mode = PadMode::kConstant;
  std::vector<int64_t> before;
  std::vector<int64_t> after;
  double value = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;

  /// `value` as an element of a type, in its first bytes.
  std::array<std::byte, 8> element(DType dtype) const;

 private:
  Status pad_constant(const Tensor& x, const Tensor& y) const;
  Status pad_mirrored(const Tensor& x, const Tensor& y) const;
};

}  // namespace mindird::ops
