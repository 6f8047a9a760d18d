#include "ops/linear/conv.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Weights and bias become parts of the layer where they are constants, else inputs of it.
trt::IConvolutionLayer* add(NodeBuilder& b, trt::ITensor& x, const Shape& weights) {
  const trt::Dims kernel = trt_dims(weights.dims().subspan(2));
  trt::Weights w{b.weights_type(1), nullptr, 0};
  trt::Weights bias{b.weights_type(1), nullptr, 0};
  if (b.constant(1)) w = b.weights(1);
  if (b.inputs() > 2 && b.constant(2)) bias = b.weights(2);
  return b.network().addConvolutionNd(x, weights[0], kernel, w, bias);
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (node.inputs.size() > 2 && graph.is_constant(node.inputs[1]) != graph.is_constant(node.inputs[2])) {
    return Verdict::refuse("of weights and bias one is constant, the other computed");
  }
  return floating_input(graph, node);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Conv>();
  // TensorRT convolves over two or three dims; one gets a second of size 1.
  const bool flat = op.stride.size() == 1;
  const Shape x_shape = b.type(0).shape;
  Shape w_shape = b.type(1).shape;
  trt::ITensor* x = b.input(0);
  const auto widen = [flat](std::vector<int64_t> values, int64_t fill) {
    if (flat) values.push_back(fill);
    return values;
  };
  if (flat) {
    x = b.reshape(x, {x_shape[0], x_shape[1], x_shape[2], 1});
    w_shape = Shape{w_shape[0], w_shape[1], w_shape[2], 1};
  }
  trt::IConvolutionLayer* layer = x ? add(b, *x, w_shape) : nullptr;
  if (!layer) return b.finish(layer);
  if (!b.constant(1)) {
    layer->setInput(1, flat ? *b.reshape(b.input(1), w_shape) : *b.input(1));
    if (b.inputs() > 2) layer->setInput(2, *b.input(2));
  }
  layer->setStrideNd(trt_dims(widen(op.stride, 1)));
  layer->setDilationNd(trt_dims(widen(op.dilation, 1)));
  layer->setPrePadding(trt_dims(widen(op.pad_begin, 0)));
  layer->setPostPadding(trt_dims(widen(op.pad_end, 0)));
  layer->setNbGroups(op.groups);
  trt::ITensor* y = b.output_of(layer);
  return b.finish(flat ? b.reshape(y, b.output_type().shape) : y);
}

REGISTER_BUILDER(Conv, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
