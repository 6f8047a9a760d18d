#include "ops/image/grid_sample.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (graph.type(node.inputs[0]).shape.rank() != 4) return Verdict::refuse("TensorRT samples images, no volumes");
  return floating_input(graph, node);
}

trt::SampleMode sample_mode(ops::GridPadding padding) {
  switch (padding) {
    case ops::GridPadding::kZeros: return trt::SampleMode::kFILL;
    case ops::GridPadding::kBorder: return trt::SampleMode::kCLAMP;
    case ops::GridPadding::kReflection: return trt::SampleMode::kREFLECT;
  }
  return trt::SampleMode::kFILL;
}

Status build(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* grid = b.input(1);
  trt::IGridSampleLayer* layer = x && grid ? b.network().addGridSample(*x, *grid) : nullptr;
  if (!layer) return b.finish(layer);
  const auto& op = b.op<ops::GridSample>();
  layer->setInterpolationMode(op.interpolation == ops::GridInterpolation::kNearest ? trt::InterpolationMode::kNEAREST : trt::InterpolationMode::kLINEAR);
  layer->setSampleMode(sample_mode(op.padding));
  layer->setAlignCorners(op.align_corners);
  return b.finish(layer);
}

REGISTER_BUILDER(GridSample, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
