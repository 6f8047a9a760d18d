// LayerNorm: oneDNN over rows of the normalised dims taken together.
#include "ops/normalization/layer_norm.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::LayerNorm>();
  const Shape& shape = b.out_type().shape;
  const size_t axis = *normalize_axis(op.begin_axis, shape.rank());
  int64_t rows = 1;
  int64_t width = 1;
  for (size_t d = 0; d < shape.rank(); ++d) (d < axis ? rows : width) *= shape[d];
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  TRY_ASSIGN(const Placed gamma, b.in_plain(1));
  TRY_ASSIGN(const Placed beta, b.in_plain(2));
  const Placed y = b.out(0, Layout::plain(shape));
  const dnnl::memory::desc desc = describe(DType::kF32, Layout::plain({rows, width}));
  const dnnl::memory::desc line = describe(DType::kF32, Layout::plain({width}));
  using Flags = dnnl::normalization_flags;
  const dnnl::layer_normalization_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, desc, desc, static_cast<float>(op.epsilon),
                                                             Flags::use_scale | Flags::use_shift, strict_attributes());
  b.emit(pd, dnnl::layer_normalization_forward(pd),
         {{DNNL_ARG_SRC, x.ref, desc}, {DNNL_ARG_SCALE, gamma.ref, line}, {DNNL_ARG_SHIFT, beta.ref, line}, {DNNL_ARG_DST, y.ref, desc}});
  return {};
}

REGISTER_BUILDER(LayerNorm, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
