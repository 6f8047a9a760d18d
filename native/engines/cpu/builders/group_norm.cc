// GroupNorm: oneDNN, in channels-last memory or plain; elementwise operations behind it are applied on the way.
#include "ops/normalization/group_norm.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

constexpr size_t kChannelAxis = 1;

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) {
  // Behind a matrix the library's view of the result has a dim more than the operands.
  return graph.type(graph.node(group.anchor).outputs[0]).shape.rank() > 2 && can_append(graph, group, post, kChannelAxis);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::GroupNorm>();
  const Shape& shape = b.out_type().shape;
  // The library wants a dim behind the channels.
  const Shape seen = shape.rank() > 2 ? shape : Shape{shape[0], shape[1], 1};
  const bool last = b.optimize() && b.in_layout(0).is_channels_last();
  const Layout layout = last ? Layout::channels_last(shape) : Layout::plain(shape);
  const dnnl::memory::desc data = describe(DType::kF32, last ? Layout::channels_last(seen) : Layout::plain(seen));
  const dnnl::memory::desc channels = describe(DType::kF32, Layout::plain({shape[1]}));
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY_ASSIGN(const size_t taken, append_post_ops(b, layout, attr, args));
  const dnnl::group_normalization_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, data, data, op.groups,
                                                             static_cast<float>(op.epsilon),
                                                             dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift, attr);
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  TRY_ASSIGN(const Placed gamma, b.in_plain(1));
  TRY_ASSIGN(const Placed beta, b.in_plain(2));
  const Placed y = b.out(0, layout);
  args.push_back({DNNL_ARG_SRC, x.ref, data});
  args.push_back({DNNL_ARG_SCALE, gamma.ref, channels});
  args.push_back({DNNL_ARG_SHIFT, beta.ref, channels});
  args.push_back({DNNL_ARG_DST, y.ref, data});
  b.emit(pd, dnnl::group_normalization_forward(pd), std::move(args));
  return emit_rest(b, y, taken);
}

REGISTER_BUILDER(GroupNorm, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
