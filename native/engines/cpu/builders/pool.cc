// Pool: oneDNN pooling. Averages of integers that become integers again are made of integers.
#include "ops/pooling/pool.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/conv_common.h"
#include "engines/cpu/emit/post_ops.h"
#include "engines/cpu/passes/eight_bits.h"

namespace mindird::engines::cpu {
namespace {

/// End padding that makes oneDNN's output size come out; more than the operator's when ceil_mode adds a window.
std::vector<int64_t> end_padding(const ops::Pool& op, const Shape& in, const Shape& out) {
  std::vector<int64_t> pad;
  for (size_t i = 0; i < op.kernel.size(); ++i) {
    const int64_t reach = (op.kernel[i] - 1) * op.dilation[i] + 1;
    pad.push_back((out[i + 2] - 1) * op.stride[i] + reach - in[i + 2] - op.pad_begin[i]);
  }
  return pad;
}

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const auto& op = static_cast<const ops::Pool&>(*node.op);
  const bool integers = op.kind == ops::PoolKind::kMax && graph.type(node.inputs[0]).dtype == DType::kI8;
  if (!integers && !all_f32(graph, id)) return Verdict::refuse("element types other than f32");
  if (op.divisor_override > 0) return Verdict::refuse("a divisor of its own");
  const auto pad = end_padding(op, graph.type(node.inputs[0]).shape, graph.type(node.outputs[0]).shape);
  for (size_t i = 0; i < pad.size(); ++i) {
    if (op.kind == ops::PoolKind::kAverage && op.count_include_pad && pad[i] > op.pad_end[i]) {
      return Verdict::refuse("averages over windows clipped to the padding");
    }
    if (op.pad_begin[i] >= op.kernel[i] || pad[i] >= (op.kernel[i] - 1) * op.dilation[i] + 1) return Verdict::refuse("windows of padding only");
    if (op.kind == ops::PoolKind::kAverage && op.dilation[i] > 1) return Verdict::refuse("dilated averages");
  }
  return Verdict::accept();
}

/// Only the integers of an average of integers.
bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) {
  if (!post.quantize || !group.post.empty() || !reads_integers(graph, group.anchor, true)) return false;
  const ConstantPtr& scale = graph.value(graph.node(post.node).inputs[1]).constant;
  return scale && scale->type().shape.rank() == 0 && scale->as<float>()[0] > 0;
}

/// What is read, and what the averages are multiplied by.
struct Source {
  Placed x;
  float factor = 1;
};

Result<Source> source_of(NodeBuilder& b) {
  const Layout layout = image_layout(b, b.in_type(0).shape);
  Source out;
  if (b.group().post.empty()) {
    TRY_ASSIGN(out.x, b.in(0, layout));
    return out;
  }
  const Codes codes = *find_codes(b.graph(), b.node().inputs[0]);
  TRY_ASSIGN(out.x, b.place_as(codes.codes, layout));
  out.factor = codes.scale / b.graph().value(b.graph().node(b.group().last()).inputs[1]).constant->as<float>()[0];
  return out;
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Pool>();
  TRY_ASSIGN(const Source source, source_of(b));
  const Placed& x = source.x;
  const Layout out = image_layout(b, b.out_type().shape);
  dnnl::primitive_attr attr = strict_attributes();
  if (source.factor != 1) {
    dnnl::post_ops list;
    list.append_eltwise(dnnl::algorithm::eltwise_linear, source.factor, 0);
    attr.set_post_ops(list);
  }
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  if (op.kind == ops::PoolKind::kAverage) {
    algorithm = op.count_include_pad ? dnnl::algorithm::pooling_avg_include_padding : dnnl::algorithm::pooling_avg_exclude_padding;
  }
  const dnnl::pooling_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, algorithm, x.desc(), describe(x.dtype, out), op.stride,
                                                 op.kernel, minus_one(op.dilation), op.pad_begin, end_padding(op, b.in_type(0).shape, b.out_type().shape),
                                                 attr);
  const Placed y = b.out(0, out);
  b.emit(pd, dnnl::pooling_forward(pd), {{DNNL_ARG_SRC, x.ref, x.desc()}, {DNNL_ARG_DST, y.ref, y.desc()}});
  return {};
}

REGISTER_BUILDER(Pool, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
