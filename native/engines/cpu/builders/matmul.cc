// MatMul: products with constant weights run on packed panels (own kernel for few rows, that or oneDNN's for many, all on one copy of the
// weights); all others are batched oneDNN products on whatever strides the operands have.
#include "ops/linear/matmul.h"

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/dense_layer.h"
#include "engines/cpu/emit/epilogues.h"
#include "engines/cpu/emit/integer_dense.h"
#include "engines/cpu/emit/integers.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

bool absorbs(const ir::Graph& graph, const Group& group, const PostOp& post) {
  if (post.quantize) return can_requantise(graph, group, post);
  return can_append(graph, group, post, graph.type(graph.node(group.anchor).outputs[0]).shape.rank() - 1);
}

/// Dims put in front until there are `rank`, the last two swapped when asked.
Layout operand_layout(Layout layout, size_t rank, bool transposed) {
  std::vector<int64_t> dims(rank - layout.dims.rank(), 1);
  std::vector<int64_t> strides(rank - layout.dims.rank(), layout.span());
  dims.insert(dims.end(), layout.dims.begin(), layout.dims.end());
  strides.insert(strides.end(), layout.strides.begin(), layout.strides.end());
  if (transposed) {
    std::swap(dims[rank - 1], dims[rank - 2]);
    std::swap(strides[rank - 1], strides[rank - 2]);
  }
  return {Shape(std::move(dims)), std::move(strides)};
}

/// Matrices that oneDNN's fast kernels read: one of the last two dims is contiguous.
bool readable(const Layout& layout) {
  const size_t rank = layout.dims.rank();
  return layout.strides[rank - 1] == 1 || layout.strides[rank - 2] == 1;
}

Status build_batched(NodeBuilder& b) {
  const auto& op = b.op<ops::MatMul>();
  const Layout out = preferred_product_layout(b);
  const size_t rank = out.dims.rank();
  Layout wanted[2];
  Placed operands[2];
  for (size_t i = 0; i < 2; ++i) {
    const bool take = b.optimize() && !b.constant(i) && readable(b.in_layout(i));
    TRY_ASSIGN(operands[i], take ? b.in(i) : b.in_plain(i));
    wanted[i] = operand_layout(operands[i].layout, rank, i == 0 ? op.transpose_a : op.transpose_b);
  }
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY_ASSIGN(const size_t taken, append_post_ops(b, out, attr, args));
  const dnnl::memory::desc src = describe(DType::kF32, wanted[0]);
  const dnnl::memory::desc weights = describe(DType::kF32, wanted[1]);
  const dnnl::memory::desc dst = describe(DType::kF32, out);
  dnnl::memory::desc bias;
  if (b.inputs() > 2) {
    std::vector<int64_t> dims(rank, 1);
    dims[rank - 1] = out.dims[rank - 1];
    bias = describe(DType::kF32, Layout::plain(Shape(std::move(dims))));
    TRY_ASSIGN(const Placed placed, b.in_plain(2));
    args.push_back({DNNL_ARG_BIAS, placed.ref, bias});
  }
  const dnnl::matmul::primitive_desc pd(device(), src, weights, bias, dst, attr);
  const Placed y = b.out(0, out);
  args.push_back({DNNL_ARG_SRC, operands[0].ref, src});
  args.push_back({DNNL_ARG_WEIGHTS, operands[1].ref, weights});
  args.push_back({DNNL_ARG_DST, y.ref, dst});
  b.emit(pd, dnnl::matmul(pd), std::move(args));
  return emit_rest(b, y, taken);
}

Status build(NodeBuilder& b) {
  if (const auto bits = b.optimize() ? find_eight_bits(b.graph(), b.group().anchor) : std::nullopt) return build_integer_dense(b, *bits);
  if (is_dense_layer(b)) return build_dense(b);
  b.count_product(DType::kF32);
  return build_batched(b);
}

REGISTER_BUILDER(MatMul, {.supports = supports, .build = build, .absorbs = absorbs});

}  // namespace
}  // namespace mindird::engines::cpu
