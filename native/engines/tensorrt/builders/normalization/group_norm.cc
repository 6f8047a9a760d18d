#include "ops/normalization/group_norm.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// [N,C,…] seen as [N,groups,rest] and normalised over the rest, then scaled and shifted per channel.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::GroupNorm>();
  const Shape& shape = b.type(0).shape;
  const DType dtype = b.type(0).dtype;
  const Shape grouped{shape[0], op.groups, shape.elements() / (shape[0] * op.groups)};
  trt::ITensor* x = b.reshape(b.input(0), grouped);
  trt::ITensor* one = b.scalar(1, dtype, 3);
  trt::ITensor* zero = b.scalar(0, dtype, 3);
  trt::INormalizationLayer* layer = x && one && zero ? b.network().addNormalization(*x, *one, *zero, 1U << 2U) : nullptr;
  if (!layer) return b.finish(layer);
  layer->setEpsilon(static_cast<float>(op.epsilon));
  trt::ITensor* normal = b.reshape(b.output_of(layer), shape);
  std::vector<int64_t> channels(shape.rank(), 1);
  channels[1] = shape[1];
  const auto parameter = [&](size_t i) {
    trt::ITensor* t = b.reshape(b.input(i), Shape(channels));
    return t && b.type(i).dtype != dtype ? b.cast(t, dtype) : t;
  };
  trt::ITensor* scaled = b.binary(normal, parameter(1), trt::ElementWiseOperation::kPROD);
  return b.finish(b.binary(scaled, parameter(2), trt::ElementWiseOperation::kSUM));
}

REGISTER_BUILDER(GroupNorm, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
