#include "ops/normalization/layer_norm.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Parameters of f32 beside narrower data are brought to the data's type, as the layer wants; its statistics are f32 in any case.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::LayerNorm>();
  const size_t rank = b.rank(0);
  const size_t begin = *normalize_axis(op.begin_axis, rank);
  uint32_t axes = 0;
  for (size_t d = begin; d < rank; ++d) axes |= 1U << d;
  const auto parameter = [&](size_t i) {
    trt::ITensor* t = b.input_of_rank(i, rank);
    return t && b.type(i).dtype != b.type(0).dtype ? b.cast(t, b.type(0).dtype) : t;
  };
  trt::ITensor* x = b.input(0);
  trt::ITensor* gamma = parameter(1);
  trt::ITensor* beta = parameter(2);
  trt::INormalizationLayer* layer = x && gamma && beta ? b.network().addNormalization(*x, *gamma, *beta, axes) : nullptr;
  if (layer) layer->setEpsilon(static_cast<float>(op.epsilon));
  return b.finish(layer);
}

REGISTER_BUILDER(LayerNorm, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
