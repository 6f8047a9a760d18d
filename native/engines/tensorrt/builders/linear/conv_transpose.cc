#include "ops/linear/conv_transpose.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::ConvTranspose&>(*node.op);
  if (op.stride.size() < 2) return Verdict::refuse("one spatial dim");
  if (!graph.is_constant(node.inputs[1]) || (node.inputs.size() > 2 && !graph.is_constant(node.inputs[2]))) return Verdict::refuse("computed weights");
  for (size_t d = 0; d < op.stride.size(); ++d) {
    if (op.output_padding[d] > op.pad_end[d]) return Verdict::refuse("more rows at the end than padding takes away");
  }
  return floating_input(graph, node);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::ConvTranspose>();
  const Shape& w = b.type(1).shape;
  trt::Weights none{b.weights_type(1), nullptr, 0};
  trt::ITensor* x = b.input(0);
  trt::IDeconvolutionLayer* layer =
      x ? b.network().addDeconvolutionNd(*x, w[1] * op.groups, trt_dims(w.dims().subspan(2)), b.weights(1), b.inputs() > 2 ? b.weights(2) : none) : nullptr;
  if (!layer) return b.finish(layer);
  std::vector<int64_t> end = op.pad_end;
  for (size_t d = 0; d < end.size(); ++d) end[d] -= op.output_padding[d];
  layer->setStrideNd(trt_dims(op.stride));
  layer->setDilationNd(trt_dims(op.dilation));
  layer->setPrePadding(trt_dims(op.pad_begin));
  layer->setPostPadding(trt_dims(end));
  layer->setNbGroups(op.groups);
  return b.finish(layer);
}

REGISTER_BUILDER(ConvTranspose, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
