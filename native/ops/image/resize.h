// Resize: Resizes the last two dims of x [N,C,H,W] to `size`. See the .cc for the sampling formulas of each
// coordinate mode. nearest works on every dtype, bilinear and bicubic on floating-point ones.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class ResizeMode : uint8_t {
  kNearest, kBilinear, kBicubic
};
inline constexpr std::array<std::string_view, 3> kResizeModeNames = {
    "nearest", "bilinear", "bicubic"};

enum class ResizeCoordinates : uint8_t {
  kAsymmetric, kHalfPixel, kAlignCorners
};
inline constexpr std::array<std::string_view, 3> kResizeCoordinatesNames = {
    "asymmetric", "half_pixel", "align_corners"};

/// Where `nearest` reads along a dim: the input position of every output position.
std::vector<int64_t> nearest_positions(int64_t in, int64_t out, ResizeCoordinates coordinates);

struct Resize final : ir::Op {
  static constexpr std::string_view kId = "Resize";

  ResizeMode mode = ResizeMode::kNearest;
  ResizeCoordinates coordinates = ResizeCoordinates::kAsymmetric;
  std::vector<int64_t> size;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
