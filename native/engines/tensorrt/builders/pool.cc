#include "ops/pool.h"

#include <algorithm>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::Pool&>(*node.op);
  if (std::any_of(op.dilation.begin(), op.dilation.end(), [](int64_t d) { return d != 1; })) return Verdict::refuse("a dilated window");
  if (op.divisor_override > 0) return Verdict::refuse("a divisor of its own");
  if (op.ceil_mode && op.count_include_pad && op.kind == ops::PoolKind::kAverage) return Verdict::refuse("average over windows clipped to the padding");
  for (size_t d = 0; d < op.kernel.size(); ++d) {
    if (op.pad_begin[d] >= op.kernel[d] || op.pad_end[d] >= op.kernel[d]) return Verdict::refuse("padding as large as the window");
  }
  return floating_input(graph, node);
}

/// Extra end padding that makes a rounded-down window count the wanted one.
std::vector<int64_t> end_padding(const ops::Pool& op, const Shape& x, const Shape& y) {
  std::vector<int64_t> out = op.pad_end;
  for (size_t d = 0; d < out.size(); ++d) {
    const int64_t needed = (y[d + 2] - 1) * op.stride[d] + op.kernel[d] - x[d + 2] - op.pad_begin[d];
    out[d] = std::max(out[d], needed);
  }
  return out;
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Pool>();
  const bool flat = op.kernel.size() == 1;
  const Shape& shape = b.type(0).shape;
  const auto widen = [flat](std::vector<int64_t> values, int64_t fill) {
    if (flat) values.push_back(fill);
    return values;
  };
  trt::ITensor* x = flat ? b.reshape(b.input(0), {shape[0], shape[1], shape[2], 1}) : b.input(0);
  if (!x) return b.finish(x);
  const auto type = op.kind == ops::PoolKind::kMax ? trt::PoolingType::kMAX : trt::PoolingType::kAVERAGE;
  trt::IPoolingLayer* layer = b.network().addPoolingNd(*x, type, trt_dims(widen(op.kernel, 1)));
  if (!layer) return b.finish(layer);
  layer->setStrideNd(trt_dims(widen(op.stride, 1)));
  layer->setPrePadding(trt_dims(widen(op.pad_begin, 0)));
  layer->setPostPadding(trt_dims(widen(end_padding(op, shape, b.output_type().shape), 0)));
  layer->setAverageCountExcludesPadding(!op.count_include_pad);
  trt::ITensor* y = b.output_of(layer);
  return b.finish(flat ? b.reshape(y, b.output_type().shape) : y);
}

REGISTER_BUILDER(Pool, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
