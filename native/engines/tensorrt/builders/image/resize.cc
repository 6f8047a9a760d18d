#include "ops/image/resize.h"

#include <array>

#include "engines/tensorrt/builders.h"
#include "engines/tensorrt/take.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::ResizeCoordinates;
using ops::ResizeMode;

Verdict supports(const ir::Graph& graph, const ir::Node& node) { return floating_input(graph, node); }

/// TensorRT documents no rounding of its own for every kind of coordinates, so that the rows and then the columns are taken by number.
Status build_nearest(NodeBuilder& b, const ops::Resize& op) {
  const Shape& from = b.type(0).shape;
  const Shape& to = b.output_type().shape;
  trt::ITensor* x = b.input(0);
  for (size_t d = from.rank() - 2; d < from.rank(); ++d) {
    if (b.grows(from[d]) || b.grows(to[d])) return unsupported("a size that grows with the batch is resized");
    x = take(b, x, ops::nearest_positions(from[d], to[d], op.coordinates), d);
  }
  return b.finish(x);
}

Status build(NodeBuilder& b) {
  using Transformation = trt::ResizeCoordinateTransformation;
  const auto& op = b.op<ops::Resize>();
  if (op.mode == ResizeMode::kNearest && op.coordinates != ResizeCoordinates::kAsymmetric) return build_nearest(b, op);
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
  layer->setCoordinateTransformation(op.coordinates == ResizeCoordinates::kHalfPixel      ? Transformation::kHALF_PIXEL
                                     : op.coordinates == ResizeCoordinates::kAlignCorners ? Transformation::kALIGN_CORNERS
                                                                                          : Transformation::kASYMMETRIC);
  return b.finish(layer);
}

REGISTER_BUILDER(Resize, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
