// Unary: oneDNN eltwise in whatever dense layout the input has. Own kernels mend what oneDNN makes of NaN: the lower limit of
// clip, infinity of exp.
#include "ops/elementwise/unary.h"

#include "engines/cpu/builders.h"
#include "engines/cpu/kernels/elementwise.h"
#include "engines/cpu/post_ops.h"
#include "engines/cpu/runs.h"

namespace mindird::engines::cpu {
namespace {

void emit_clip(NodeBuilder& b, const ops::Unary& op, const Placed& x, const Placed& y) {
  const auto low = static_cast<float>(op.alpha);
  const auto high = static_cast<float>(op.beta);
  emit_run(b, x, y, [low, high](const float* from, float* to, int64_t count) { clip_run(from, low, high, to, count); });
}

/// oneDNN's exp, and then NaN where x has it.
void emit_exp(NodeBuilder& b, const ops::Unary& op, const Placed& x, const Placed& y) {
  emit_eltwise(b, op, x, y);
  emit_run(b, x, y, keep_nan_run);
}

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  if (!all_f32(graph, node)) return Verdict::refuse("element types other than f32");
  const auto& op = static_cast<const ops::Unary&>(*graph.node(node).op);
  return find_eltwise(op) || op.kind == ops::UnaryKind::kClip ? Verdict::accept() : Verdict::refuse("no kernel for this function");
}

Status build(NodeBuilder& b) {
  Layout layout = b.in_layout(0);
  if (!layout.is_dense()) layout = Layout::dense(layout.dims, layout.memory_order());
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Placed y = b.out(0, layout);
  const auto& op = b.op<ops::Unary>();
  if (op.kind == ops::UnaryKind::kClip) {
    emit_clip(b, op, x, y);
  } else if (op.kind == ops::UnaryKind::kExp) {
    emit_exp(b, op, x, y);
  } else {
    emit_eltwise(b, op, x, y);
  }
  return {};
}

REGISTER_BUILDER(Unary, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
