// Lrn: oneDNN, whose alpha is that of the whole window.
#include "ops/normalization/lrn.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  if (!all_f32(graph, id)) return Verdict::refuse("element types other than f32");
  const auto& op = static_cast<const ops::Lrn&>(*graph.node(id).op);
  return op.depth_radius <= graph.type(graph.node(id).outputs[0]).shape[1] ? Verdict::accept() : Verdict::refuse("a window beyond all channels");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Lrn>();
  const Shape& shape = b.out_type().shape;
  const Layout layout = b.optimize() && b.in_layout(0).is_channels_last() ? Layout::channels_last(shape) : Layout::plain(shape);
  const int64_t window = 2 * op.depth_radius + 1;
  const dnnl::memory::desc desc = describe(DType::kF32, layout);
  const dnnl::lrn_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, desc, desc, window,
                                             static_cast<float>(op.alpha * static_cast<double>(window)), static_cast<float>(op.beta),
                                             static_cast<float>(op.bias), strict_attributes());
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Placed y = b.out(0, layout);
  b.emit(pd, dnnl::lrn_forward(pd), {{DNNL_ARG_SRC, x.ref, desc}, {DNNL_ARG_DST, y.ref, desc}});
  return {};
}

REGISTER_BUILDER(Lrn, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
