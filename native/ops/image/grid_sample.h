// GridSample: Samples x [N,C,H,W] at grid [N,Ho,Wo,2] (x then y, -1..1), or x [N,C,D,H,W] at grid [N,Do,Ho,Wo,3] (x, y, z).
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class GridInterpolation : uint8_t { kBilinear, kNearest };
inline constexpr std::array<std::string_view, 2> kGridInterpolationNames = {"bilinear", "nearest"};

/// What positions outside stand for: zeros, the closest edge, or the mirrored position inside.
enum class GridPadding : uint8_t { kZeros, kBorder, kReflection };
inline constexpr std::array<std::string_view, 3> kGridPaddingNames = {"zeros", "border", "reflection"};

struct GridSample final : ir::Op {
  static constexpr std::string_view kId = "GridSample";

  GridInterpolation interpolation = GridInterpolation::kBilinear;
  GridPadding padding = GridPadding::kZeros;
  bool align_corners = false;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
