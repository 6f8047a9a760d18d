#include "ops/resize.h"

#include <array>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::ResizeCoordinates;
using ops::ResizeMode;

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::Resize&>(*node.op);
  if (op.mode == ResizeMode::kNearest && op.coordinates != ResizeCoordinates::kAsymmetric) return Verdict::refuse("the nearest pixel in other than asymmetric coordinates");
  return floating_input(graph, node);
}

Status build(NodeBuilder& b) {
  using Transformation = trt::ResizeCoordinateTransformation;
  const auto& op = b.op<ops::Resize>();
  trt::ITensor* x = b.input(0);
  trt::IResizeLayer* layer = x ? b.network().addResize(*x) : nullptr;
  if (!layer) return b.finish(layer);
  const Shape& to = b.output_type().shape;
  if (b.grows(to)) {
    trt::ITensor* dims = b.shape_tensor(to);
    if (!dims) return b.finish(dims);
    layer->setInput(1, *dims);
  } else {
    layer->setOutputDimensions(trt_dims(to));
  }
  const std::array modes = {trt::InterpolationMode::kNEAREST, trt::InterpolationMode::kLINEAR, trt::InterpolationMode::kCUBIC};
  layer->setResizeMode(modes[static_cast<size_t>(op.mode)]);
  if (op.mode == ResizeMode::kBicubic) {
    const bool half_pixel = op.coordinates == ResizeCoordinates::kHalfPixel;
    layer->setCubicCoeff(half_pixel ? -0.5F : -0.75F);
    layer->setExcludeOutside(half_pixel);
  }
  layer->setNearestRounding(trt::ResizeRoundMode::kFLOOR);
  layer->setCoordinateTransformation(op.coordinates == ResizeCoordinates::kHalfPixel    ? Transformation::kHALF_PIXEL
                                     : op.coordinates == ResizeCoordinates::kAlignCorners ? Transformation::kALIGN_CORNERS
                                                                                          : Transformation::kASYMMETRIC);
  return b.finish(layer);
}

REGISTER_BUILDER(Resize, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
