#include "ops/movement/pad.h"

#include "engines/tensorrt/builders.h"
#include "engines/tensorrt/take.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) { return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32}); }

/// Mirrors with the edge repeated, which no mode of a slice does: the elements are taken one by one, dim by dim.
Status build_symmetric(NodeBuilder& b, const ops::Pad& op) {
  const Shape& from = b.type(0).shape;
  trt::ITensor* x = b.input(0);
  for (size_t d = 0; d < from.rank(); ++d) {
    if (op.before[d] == 0 && op.after[d] == 0) continue;
    if (b.grows(from[d])) return unsupported("the end of a dim that grows with the batch is not known");
    std::vector<int64_t> places;
    for (int64_t i = -op.before[d]; i < from[d] + op.after[d]; ++i) places.push_back(i < 0 ? -1 - i : i < from[d] ? i : 2 * from[d] - 1 - i);
    x = take(b, x, places, d);
  }
  return b.finish(x);
}

/// A slice that begins before the input and ends behind it.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Pad>();
  if (op.mode == ops::PadMode::kSymmetric) return build_symmetric(b, op);
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
