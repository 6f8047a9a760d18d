// Resize: Resizes the last two dims of x [N,C,H,W] to `size`. See the .cc for the sampling formulas of each
// coordinate mode. nearest works on every dtype, bilinear and bicubic on floating-point ones.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

enum class ResizeMode : uint8_t { kNearest, kBilinear, kBicubic };
inline constexpr std::array<std::string_view, 3> kResizeModeNames = {"nearest", "bilinear", "bicubic"};

enum class ResizeCoordinates : uint8_t { kAsymmetric, kHalfPixel, kAlignCorners };
inline constexpr std::array<std::string_view, 3> kResizeCoordinatesNames = {"asymmetric", "half_pixel", "align_corners"};

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

/// What output positions along one dim read: `taps` entries each, input positions and their weights (nearest: one of weight 1).
struct ResizeTable {
  size_t taps = 1;
  std::vector<int64_t> at;
  std::vector<float> weight;
};

/// The table of dim 0 or 1 of the image, of `in` elements in the input.
ResizeTable resize_table(const Resize& op, size_t dim, int64_t in);

}  // namespace mindird::ops
