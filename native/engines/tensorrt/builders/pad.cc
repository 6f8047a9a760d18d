#include "ops/pad.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::Pad&>(*node.op);
  if (op.mode == ops::PadMode::kSymmetric) return Verdict::refuse("TensorRT cannot repeat the edge when it mirrors");
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

/// A slice that begins before the input and ends behind it.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Pad>();
  const Shape& to = b.output_type().shape;
  trt::Dims start = trt_filled(to.rank(), 0);
  for (size_t d = 0; d < to.rank(); ++d) start.d[d] = -op.before[d];
  trt::ISliceLayer* layer = b.slice(b.input(0), start, to, trt_filled(to.rank(), 1));
  if (!layer) return b.finish(layer);
  if (op.mode == ops::PadMode::kReflect) {
    layer->setMode(trt::SampleMode::kREFLECT);
  } else {
    trt::ITensor* value = b.scalar(op.value, b.type(0).dtype, 0);
    if (!value) return b.finish(value);
    layer->setMode(trt::SampleMode::kFILL);
    layer->setInput(4, *value);
  }
  return b.finish(layer);
}

REGISTER_BUILDER(Pad, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
