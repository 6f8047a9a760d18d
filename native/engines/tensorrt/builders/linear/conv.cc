#include "ops/linear/conv.h"

#include <utility>

#include "base/strings.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Weights and bias become parts of the layer where they are constants, else inputs of it, each for itself: a kernel that is an input wants empty
/// kernel weights, and says nothing of the bias (NvInfer.h, IConvolutionLayer::setInput).
trt::IConvolutionLayer* add(NodeBuilder& b, trt::ITensor& x, const Shape& weights) {
  const trt::Dims kernel = trt_dims(weights.dims().subspan(2));
  trt::Weights w{b.weights_type(1), nullptr, 0};
  trt::Weights bias{b.weights_type(1), nullptr, 0};
  if (b.constant(1)) w = b.weights(1);
  if (b.inputs() > 2 && b.constant(2)) bias = b.weights(2);
  return b.network().addConvolutionNd(x, weights[0], kernel, w, bias);
}

/// Nodes looked at from one operand; what quantises a kernel has two or three.
constexpr size_t kMostNodes = 64;

/// True when a value is computed of constants alone.
bool rooted_in_constants(const ir::Graph& graph, ir::ValueId value) {
  std::vector<ir::ValueId> open = {value};
  for (size_t seen = 0; !open.empty(); ++seen) {
    if (seen == kMostNodes) return false;
    const ir::Value& v = graph.value(open.back());
    open.pop_back();
    if (v.constant) continue;
    if (v.producer == ir::kNone) return false;
    const auto& inputs = graph.node(v.producer).inputs;
    open.insert(open.end(), inputs.begin(), inputs.end());
  }
  return true;
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  for (const auto& [i, what] : {std::pair<size_t, const char*>(1, "weights"), {2, "a bias"}}) {
    if (i < node.inputs.size() && !rooted_in_constants(graph, node.inputs[i])) {
      return Verdict::refuse(str(what, " that depend", i == 1 ? "" : "s", " on the request's inputs"));
    }
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
  for (size_t i = 1; i < b.inputs(); ++i) {
    if (b.constant(i)) continue;
    trt::ITensor* operand = i == 1 && flat ? b.reshape(b.input(1), w_shape) : b.input(i);
    if (!operand) return b.finish(operand);
    layer->setInput(static_cast<int32_t>(i), *operand);
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
