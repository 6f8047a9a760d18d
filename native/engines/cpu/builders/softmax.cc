// Softmax: oneDNN, on a dense view with the softmax axis in its own dim.
#include "ops/normalization/softmax.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Softmax>();
  const Shape& shape = b.out_type().shape;
  const size_t axis = *normalize_axis(op.axis, shape.rank());
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  const Placed y = b.out(0, Layout::plain(shape));
  int64_t outer = 1;
  int64_t inner = 1;
  for (size_t d = 0; d < axis; ++d) outer *= shape[d];
  for (size_t d = axis + 1; d < shape.rank(); ++d) inner *= shape[d];
  const dnnl::memory::desc desc = describe(DType::kF32, Layout::plain(inner == 1 ? Shape{outer, shape[axis]} : Shape{outer, shape[axis], inner}));
  const dnnl::softmax_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference,
                                                 op.log ? dnnl::algorithm::softmax_log : dnnl::algorithm::softmax_accurate, desc, desc, 1, strict_attributes());
  b.emit(pd, dnnl::softmax_forward(pd), {{DNNL_ARG_SRC, x.ref, desc}, {DNNL_ARG_DST, y.ref, desc}});
  return {};
}

REGISTER_BUILDER(Softmax, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
