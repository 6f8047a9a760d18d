// Unary: oneDNN eltwise on f32 in whatever dense layout the input has, own kernels for what it lacks. Own kernels mend what oneDNN makes of NaN: the lower
// limit of clip, infinity of exp.
#include "ops/elementwise/unary.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/elements.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/emit/runs.h"
#include "engines/cpu/kernels/elementwise.h"

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

bool has_library_form(const ops::Unary& op, DType dtype) { return dtype == DType::kF32 && (find_eltwise(op) || op.kind == ops::UnaryKind::kClip); }

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  const auto& op = static_cast<const ops::Unary&>(*graph.node(node).op);
  const DType dtype = graph.type(graph.node(node).inputs[0]).dtype;
  return has_library_form(op, dtype) || find_unary(op.kind, dtype) ? Verdict::accept() : Verdict::refuse("no kernel for this element type");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Unary>();
  if (!has_library_form(op, b.in_type(0).dtype)) return build_elements(b, {find_unary(op.kind, b.in_type(0).dtype), op.alpha, op.beta});
  Layout layout = b.in_layout(0);
  if (!layout.is_dense()) layout = Layout::dense(layout.dims, layout.memory_order());
  TRY_ASSIGN(const Placed x, b.in(0, layout));
  const Placed y = b.out(0, layout);
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
