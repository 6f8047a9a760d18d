#include "engines/cpu/epilogues.h"

#include "engines/cpu/post_ops.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

std::optional<Epilogue> find_activation(const ops::Unary& op) {
  switch (op.kind) {
    case ops::UnaryKind::kRelu: return Epilogue{.activation = Activation::kClip};
    case ops::UnaryKind::kRelu6: return Epilogue{.activation = Activation::kClip, .low = 0, .high = 6};
    case ops::UnaryKind::kHardSigmoid: return Epilogue{.activation = Activation::kHardSigmoid};
    case ops::UnaryKind::kHardSwish: return Epilogue{.activation = Activation::kHardSwish};
    default: return std::nullopt;
  }
}

}  // namespace

GroupEpilogue find_epilogue(const ir::Graph& graph, const Group& group) {
  GroupEpilogue out;
  const Shape& shape = graph.type(graph.node(group.anchor).outputs[0]).shape;
  for (const PostOp& post : group.post) {
    if (post.binary) {
      const bool add = post.binary->kind == ops::BinaryKind::kAdd && graph.type(post.operand).shape == shape;
      if (!add || out.residual != ir::kNone) return out;
      out.residual = post.operand;
      out.epilogue.residual = true;
      ++out.taken;
      continue;
    }
    const auto activation = find_activation(*post.unary);
    if (!activation) return out;
    const bool residual = out.epilogue.residual;
    out.epilogue = *activation;
    out.epilogue.residual = residual;
    ++out.taken;
    return out;
  }
  return out;
}

Status emit_rest(NodeBuilder& b, const Placed& value, size_t first) {
  if (first >= b.group().post.size()) return {};
  std::vector<PrimitiveArg> args;
  dnnl::primitive_attr attr = strict_attributes();
  TRY(append_post_ops(b, value.layout, attr, args, first));
  const dnnl::memory::desc desc = value.desc();
  const dnnl::eltwise_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_linear, desc, desc, 1, 0, attr);
  args.push_back({DNNL_ARG_SRC, value.ref, desc});
  args.push_back({DNNL_ARG_DST, value.ref, desc});
  b.emit(pd, dnnl::eltwise_forward(pd), std::move(args));
  return {};
}

}  // namespace mindird::engines::cpu
