#include "ops/adaptive_pool.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::AdaptivePool&>(*node.op);
  const Shape& x = graph.type(node.inputs[0]).shape;
  const size_t spatial = op.size.size();
  if (spatial < 2) return Verdict::refuse("one spatial dim");
  if (x.rank() != spatial + 2) return Verdict::refuse("no batch and channel dims in front");
  for (size_t d = 0; d < spatial; ++d) {
    if (x[d + 2] % graph.type(node.outputs[0]).shape[d + 2] != 0) return Verdict::refuse("windows of different sizes");
  }
  return floating_input(graph, node);
}

/// Equal windows side by side are an ordinary pooling.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::AdaptivePool>();
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
