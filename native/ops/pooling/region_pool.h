// RegionPool: Averages over the cells of a grid laid on regions of images, each cell from a channel of its own (position-sensitive pooling). Images
// [N, depth*grid*grid, H, W] and regions [B,5,R], which hold the image, then the corners x1, y1, x2, y2: [B*R, depth, grid, grid].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct RegionPool final : ir::Op {
  static constexpr std::string_view kId = "RegionPool";

  double scale = 1;  // from coordinates of regions to elements of images
  int64_t grid = 1;
  int64_t depth = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops
