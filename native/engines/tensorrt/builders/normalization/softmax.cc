#include "ops/normalization/softmax.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using Operation = trt::ElementWiseOperation;

/// x - max - log(sum(exp(x - max))): the logarithm of a softmax would be minus infinity where that underflows.
trt::ITensor* log_softmax(NodeBuilder& b, trt::ITensor* x, uint32_t axes) {
  const auto reduce = [&](trt::ITensor* t, trt::ReduceOperation kind) { return t ? b.output_of(b.network().addReduce(*t, kind, axes, true)) : nullptr; };
  trt::ITensor* shifted = b.binary(x, reduce(x, trt::ReduceOperation::kMAX), Operation::kSUB);
  trt::ITensor* sum = reduce(b.unary(shifted, trt::UnaryOperation::kEXP), trt::ReduceOperation::kSUM);
  return b.binary(shifted, b.unary(sum, trt::UnaryOperation::kLOG), Operation::kSUB);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Softmax>();
  const uint32_t axes = 1U << static_cast<uint32_t>(*normalize_axis(op.axis, b.rank(0)));
  trt::ITensor* x = b.input(0);
  if (!x || op.log) return b.finish(x ? log_softmax(b, x, axes) : x);
  trt::ISoftMaxLayer* layer = b.network().addSoftMax(*x);
  if (layer) layer->setAxes(axes);
  return b.finish(layer);
}

REGISTER_BUILDER(Softmax, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
