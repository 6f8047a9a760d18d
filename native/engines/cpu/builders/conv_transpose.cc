// ConvTranspose: oneDNN deconvolution; the operator's weights [C,O/groups,k…] are its weights with channels swapped.
#include "ops/linear/conv_transpose.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) { return can_append(graph, group, post, 1); }

/// [C,O/G,k…] as [O,C,k…], or [G,O/G,C/G,k…] for several groups, without moving data.
Layout weight_layout(const Shape& weights, int64_t groups) {
  Layout layout = Layout::plain(grouped_weight_shape(weights, groups, 0));
  const size_t channel = groups == 1 ? 0 : 1;
  std::swap(layout.dims[channel], layout.dims[channel + 1]);
  std::swap(layout.strides[channel], layout.strides[channel + 1]);
  return layout;
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::ConvTranspose>();
  TRY_ASSIGN(const Placed x, b.in(0, image_layout(b, b.in_type(0).shape)));
  const Layout out = image_layout(b, b.out_type().shape);
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY_ASSIGN(const size_t taken, append_post_ops(b, out, attr, args));
  const Layout weights = weight_layout(b.in_type(1).shape, op.groups);
  std::vector<int64_t> pad_end = op.pad_end;
  for (size_t i = 0; i < pad_end.size(); ++i) pad_end[i] -= op.output_padding[i];
  dnnl::memory::desc bias;
  if (b.inputs() > 2) {
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    bias = placed.desc();
    args.push_back({DNNL_ARG_BIAS, placed.ref, bias});
  }
  const dnnl::deconvolution_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct, x.desc(),
                                                       any_layout(weights.dims), bias, describe(DType::kF32, out), op.stride, minus_one(op.dilation),
                                                       op.pad_begin, pad_end, attr);
  TRY(add_weights(b, 1, weights, pd.weights_desc(), args));
  const Placed y = b.out(0, out);
  args.push_back({DNNL_ARG_SRC, x.ref, x.desc()});
  args.push_back({DNNL_ARG_DST, y.ref, y.desc()});
  b.emit(pd, dnnl::deconvolution_forward(pd), std::move(args));
  return emit_rest(b, y, taken);
}

REGISTER_BUILDER(ConvTranspose, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
