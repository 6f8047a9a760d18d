// Attention: two batched oneDNN products on the operands' own strides (so split and merged heads need no copies) around a softmax over
// the scores; scale and mask are post-operations of the first product.
#include "ops/sequence/attention.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/dense_layer.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  if (!all_f32(graph, id)) return Verdict::refuse("element types other than f32");
  const ir::Node& node = graph.node(id);
  const size_t rank = graph.type(node.outputs[0]).shape.rank();
  for (size_t i = 0; i < 3; ++i) {
    if (graph.type(node.inputs[i]).shape.rank() != rank) return Verdict::refuse("operands of different ranks");
  }
  return rank >= 3 ? Verdict::accept() : Verdict::refuse("fewer than 3 dims");
}

/// Swaps the last two dims.
Layout transposed(Layout layout) {
  const size_t rank = layout.dims.rank();
  std::swap(layout.dims[rank - 1], layout.dims[rank - 2]);
  std::swap(layout.strides[rank - 1], layout.strides[rank - 2]);
  return layout;
}

Result<Placed> matrix(NodeBuilder& b, size_t i) {
  const Layout& now = b.in_layout(i);
  const bool take = b.optimize() && !b.constant(i) && now.strides[now.dims.rank() - 1] == 1;
  return take ? b.in(i) : b.in_plain(i);
}

Shape score_shape(const Shape& q, const Shape& k) {
  std::vector<int64_t> dims = q.vector();
  for (size_t d = 0; d + 2 < dims.size(); ++d) dims[d] = std::max(dims[d], k[d]);
  dims.back() = k[k.rank() - 2];
  return Shape(std::move(dims));
}

Status emit_scores(NodeBuilder& b, const Placed& q, const Placed& k, const Placed& scores) {
  dnnl::primitive_attr attr = strict_attributes();
  dnnl::post_ops post;
  std::vector<PrimitiveArg> args;
  const auto scale = static_cast<float>(b.op<ops::Attention>().scale);
  if (scale != 1.0F) post.append_eltwise(dnnl::algorithm::eltwise_linear, scale, 0);
  if (b.inputs() > 3) {
    TRY_ASSIGN(const Placed mask, b.in_plain(3));
    std::vector<int64_t> dims(scores.layout.dims.rank() - mask.layout.dims.rank(), 1);
    dims.insert(dims.end(), mask.layout.dims.begin(), mask.layout.dims.end());
    const dnnl::memory::desc desc = describe(DType::kF32, Layout::plain(Shape(std::move(dims))));
    args.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(post.len()) | DNNL_ARG_SRC_1, mask.ref, desc});
    post.append_binary(dnnl::algorithm::binary_add, desc);
  }
  attr.set_post_ops(post);
  const dnnl::memory::desc keys = describe(DType::kF32, transposed(k.layout));
  const dnnl::matmul::primitive_desc pd(device(), q.desc(), keys, scores.desc(), attr);
  args.push_back({DNNL_ARG_SRC, q.ref, q.desc()});
  args.push_back({DNNL_ARG_WEIGHTS, k.ref, keys});
  args.push_back({DNNL_ARG_DST, scores.ref, scores.desc()});
  b.emit(pd, dnnl::matmul(pd), std::move(args));
  return {};
}

void emit_softmax(NodeBuilder& b, const Placed& scores) {
  const int64_t width = scores.layout.dims[scores.layout.dims.rank() - 1];
  const dnnl::memory::desc desc = describe(DType::kF32, Layout::plain({scores.layout.dims.elements() / width, width}));
  const dnnl::softmax_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, desc, desc, 1,
                                                 strict_attributes());
  b.emit(pd, dnnl::softmax_forward(pd), {{DNNL_ARG_SRC, scores.ref, desc}, {DNNL_ARG_DST, scores.ref, desc}});
}

Status build(NodeBuilder& b) {
  b.count_product(DType::kF32);
  TRY_ASSIGN(const Placed q, matrix(b, 0));
  TRY_ASSIGN(const Placed k, matrix(b, 1));
  TRY_ASSIGN(const Placed v, matrix(b, 2));
  const Layout layout = Layout::plain(score_shape(q.layout.dims, k.layout.dims));
  const Placed scores{b.scratch(layout.dims.elements() * sizeof(float)), DType::kF32, layout};
  TRY(emit_scores(b, q, k, scores));
  emit_softmax(b, scores);
  const Placed y = b.out(0, preferred_product_layout(b));
  const dnnl::matmul::primitive_desc pd(device(), scores.desc(), v.desc(), y.desc(), strict_attributes());
  b.emit(pd, dnnl::matmul(pd), {{DNNL_ARG_SRC, scores.ref, scores.desc()}, {DNNL_ARG_WEIGHTS, v.ref, v.desc()}, {DNNL_ARG_DST, y.ref, y.desc()}});
  return {};
}

REGISTER_BUILDER(Attention, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
