// Indices outside the data: TensorRT stores zeros, where the operator reports an error. Nothing on a device can fail a request for its values.
#include "ops/indexing/gather.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto& op = static_cast<const ops::Gather&>(*node.op);
  if (op.batch_dims > 1) return Verdict::refuse("more than one matched dim");
  if (graph.type(node.inputs[0]).shape.rank() == 0) return Verdict::refuse("a scalar");
  return Verdict::accept();
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Gather>();
  trt::ITensor* x = b.input(0);
  trt::ITensor* indices = b.input(1);
  if (!x || !indices) return b.finish(x ? indices : x);
  trt::IGatherLayer* layer = b.network().addGather(*x, *indices, static_cast<int32_t>(*normalize_axis(op.axis, b.rank(0))));
  if (layer) layer->setNbElementWiseDims(static_cast<int32_t>(op.batch_dims));
  return b.finish(layer);
}

REGISTER_BUILDER(Gather, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
