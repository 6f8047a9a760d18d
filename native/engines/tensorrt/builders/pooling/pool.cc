#include "ops/pooling/pool.h"

#include <algorithm>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::Pool&>(*node.op);
  if (std::any_of(op.dilation.begin(), op.dilation.end(), [](int64_t d) { return d != 1; })) return Verdict::refuse("a dilated window");
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

/// Whether TensorRT's divisor, the whole window or its real elements, is not the wanted one: a divisor of the operator's own, or windows that are
/// clipped where rounding up lets them hang over the padding.
bool divides_otherwise(const ops::Pool& op, const Shape& x, const Shape& y) {
  if (op.kind != ops::PoolKind::kAverage) return false;
  return op.divisor_override > 0 || (op.count_include_pad && end_padding(op, x, y) != op.pad_end);
}

/// For every place what a mean over the whole window is multiplied with: elements of the window over the wanted divisor.
trt::ITensor* corrections(NodeBuilder& b, const ops::Pool& op) {
  const Shape& x = b.type(0).shape;
  Shape shape = b.output_type().shape;
  shape[0] = shape[1] = 1;
  std::vector<float> factors = {1};
  for (size_t d = 0; d < op.kernel.size(); ++d) {
    std::vector<float> next;
    for (const float factor : factors) {
      for (int64_t o = 0; o < shape[d + 2]; ++o) {
        const int64_t covered = std::min(op.kernel[d], x[d + 2] + op.pad_begin[d] + op.pad_end[d] - o * op.stride[d]);
        next.push_back(factor * static_cast<float>(op.kernel[d]) / static_cast<float>(op.divisor_override > 0 ? 1 : covered));
      }
    }
    factors = std::move(next);
  }
  const float divisor = op.divisor_override > 0 ? static_cast<float>(op.divisor_override) : 1;
  for (float& factor : factors) factor /= divisor;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(factors));
  return b.cast(b.constant_tensor({DType::kF32, shape}, {bytes.begin(), bytes.end()}), b.type(0).dtype);
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
  const bool corrected = divides_otherwise(op, shape, b.output_type().shape);
  if (corrected && std::any_of(shape.begin() + 2, shape.end(), [&](int64_t dim) { return b.grows(dim); })) {
    return unsupported("a size that grows with the batch is pooled");
  }
  layer->setAverageCountExcludesPadding(!op.count_include_pad && !corrected);
  trt::ITensor* y = b.output_of(layer);
  if (flat) y = b.reshape(y, b.output_type().shape);
  return b.finish(corrected ? b.binary(y, corrections(b, op), trt::ElementWiseOperation::kPROD) : y);
}

REGISTER_BUILDER(Pool, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
