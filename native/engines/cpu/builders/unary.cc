// Unary: oneDNN eltwise in whatever dense layout the input has.
#include "ops/unary.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/post_ops.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  if (!all_f32(graph, node)) return Verdict::refuse("element types other than f32");
  const auto& op = static_cast<const ops::Unary&>(*graph.node(node).op);
  return find_eltwise(op) ? Verdict::accept() : Verdict::refuse("no kernel for this function");
}

bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) { return post.unary && can_append(graph, group, post, 1); }

Status build(NodeBuilder& b) {
  Layout layout = b.in_layout(0);
  if (!layout.is_dense()) layout = Layout::dense(layout.dims, layout.memory_order());
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY(append_post_ops(b, layout, attr, args));
  const Placed y = b.out(0, layout);
  // All positions are treated alike, so one long row serves every layout and always meets the fast kernel.
  const dnnl::memory::desc flat({layout.dims.elements()}, dnnl::memory::data_type::f32, dnnl::memory::dims{1});
  const Eltwise f = *find_eltwise(b.op<ops::Unary>());
  const dnnl::eltwise_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, f.algorithm, flat, flat, f.alpha, f.beta, attr);
  args.push_back({DNNL_ARG_SRC, x.ref, flat});
  args.push_back({DNNL_ARG_DST, y.ref, flat});
  b.emit(pd, dnnl::eltwise_forward(pd), std::move(args));
  return {};
}

REGISTER_BUILDER(Unary, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
