#include "ops/normalization/lrn.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (static_cast<const ops::Lrn&>(*node.op).depth_radius > 7) return Verdict::refuse("more than 15 channels at a time");
  return floating_input(graph, node);
}

/// TensorRT divides alpha by the number of channels in the window.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Lrn>();
  const int64_t window = 2 * op.depth_radius + 1;
  trt::ITensor* x = b.input(0);
  return b.finish(x ? b.output_of(b.network().addLRN(*x, window, static_cast<float>(op.alpha * static_cast<double>(window)), static_cast<float>(op.beta),
                                                     static_cast<float>(op.bias)))
                    : x);
}

REGISTER_BUILDER(Lrn, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt
