// Unary: oneDNN eltwise in whatever dense layout the input has.
#include "ops/unary.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  if (!all_f32(graph, node)) return Verdict::refuse("element types other than f32");
  const auto& op = static_cast<const ops::Unary&>(*graph.node(node).op);
  return find_eltwise(op) ? Verdict::accept() : Verdict::refuse("no kernel for this function");
}

Status build(NodeBuilder& b) {
  Layout layout = b.in_layout(0);
  if (!layout.is_dense()) layout = Layout::dense(layout.dims, layout.memory_order());
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Placed y = b.out(0, layout);
  emit_eltwise(b, b.op<ops::Unary>(), x, y);
  return {};
}

REGISTER_BUILDER(Unary, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
