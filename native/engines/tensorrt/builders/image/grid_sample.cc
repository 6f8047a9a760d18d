#include "ops/image/grid_sample.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* grid = b.input(1);
  trt::IGridSampleLayer* layer = x && grid ? b.network().addGridSample(*x, *grid) : nullptr;
  if (!layer) return b.finish(layer);
  layer->setInterpolationMode(trt::InterpolationMode::kLINEAR);
  layer->setSampleMode(trt::SampleMode::kFILL);
  layer->setAlignCorners(b.op<ops::GridSample>().align_corners);
  return b.finish(layer);
}

REGISTER_BUILDER(GridSample, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
