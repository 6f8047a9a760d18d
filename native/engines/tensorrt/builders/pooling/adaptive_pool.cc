#include "ops/pooling/adaptive_pool.h"

#include "base/strings.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Every window of a dim is a slice of its own where they differ in size.
constexpr int64_t kMostWindows = 64;

bool side_by_side(const ops::AdaptivePool& op, const Shape& x, const Shape& y) {
  const size_t spatial = op.size.size();
  if (spatial < 2 || x.rank() != spatial + 2) return false;
  for (size_t d = 2; d < x.rank(); ++d) {
    if (x[d] % y[d] != 0) return false;
  }
  return true;
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::AdaptivePool&>(*node.op);
  const Shape& x = graph.type(node.inputs[0]).shape;
  const Shape& y = graph.type(node.outputs[0]).shape;
  for (size_t d = x.rank() - op.size.size(); d < x.rank() && !side_by_side(op, x, y); ++d) {
    if (y[d] > kMostWindows) return Verdict::refuse(str("more than ", kMostWindows, " windows of different sizes"));
  }
  return floating_input(graph, node);
}

/// One dim: its windows are cut out, reduced and put side by side. A mean of means is the mean, since all windows of a row are as large.
trt::ITensor* pool_along(NodeBuilder& b, trt::ITensor* x, Shape shape, size_t d, int64_t windows, trt::ReduceOperation operation) {
  const int64_t in = shape[d];
  std::vector<trt::ITensor*> pooled;
  for (int64_t i = 0; i < windows; ++i) {
    const int64_t first = i * in / windows;
    trt::Dims start = trt_filled(shape.rank(), 0);
    start.d[d] = first;
    shape[d] = ((i + 1) * in + windows - 1) / windows - first;
    trt::ITensor* window = b.output_of(b.slice(x, start, shape, trt_filled(shape.rank(), 1)));
    trt::ITensor* one = window ? b.output_of(b.network().addReduce(*window, operation, 1U << d, true)) : nullptr;
    if (!one) return nullptr;
    pooled.push_back(one);
  }
  trt::IConcatenationLayer* joined = b.network().addConcatenation(pooled.data(), static_cast<int32_t>(pooled.size()));
  if (joined) joined->setAxis(static_cast<int32_t>(d));
  return b.output_of(joined);
}

Status build_window_by_window(NodeBuilder& b, const ops::AdaptivePool& op) {
  const auto operation = op.kind == ops::AdaptivePoolKind::kMax ? trt::ReduceOperation::kMAX : trt::ReduceOperation::kAVG;
  Shape shape = b.type(0).shape;
  trt::ITensor* x = b.input(0);
  for (size_t d = shape.rank() - op.size.size(); d < shape.rank(); ++d) {
    if (b.grows(shape[d])) return unsupported("a size that grows with the batch is pooled");
    x = pool_along(b, x, shape, d, b.output_type().shape[d], operation);
    shape[d] = b.output_type().shape[d];
  }
  return b.finish(x);
}

/// Equal windows side by side are an ordinary pooling.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::AdaptivePool>();
  if (!side_by_side(op, b.type(0).shape, b.output_type().shape)) return build_window_by_window(b, op);
  std::vector<int64_t> window;
  for (size_t d = 2; d < b.rank(0); ++d) window.push_back(b.type(0).shape[d] / b.output_type().shape[d]);
  const auto kind = op.kind == ops::AdaptivePoolKind::kMax ? trt::PoolingType::kMAX : trt::PoolingType::kAVERAGE;
  trt::ITensor* x = b.input(0);
  trt::IPoolingLayer* layer = x ? b.network().addPoolingNd(*x, kind, trt_dims(window)) : nullptr;
  if (layer) layer->setStrideNd(trt_dims(window));
  return b.finish(layer);
}

REGISTER_BUILDER(AdaptivePool, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
