#include "engines/cpu/emit/epilogues.h"

#include "engines/cpu/emit/elements.h"
#include "engines/cpu/emit/post_ops.h"

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

Result<Ref> place_residual(NodeBuilder& b, const GroupEpilogue& found, const Layout& layout, std::vector<Ref>& refs) {
  if (found.residual == ir::kNone) return Ref{};
  TRY_ASSIGN(const Placed placed, b.place_as(found.residual, layout));
  refs.push_back(placed.ref);
  return placed.ref;
}

Status emit_rest(NodeBuilder& b, const Placed& value, size_t first) {
  for (const PostOp& post : std::span(b.group().post).subspan(first)) {
    if (post.unary) {
      emit_eltwise(b, *post.unary, value, value);
      continue;
    }
    const Shape& shape = b.graph().type(post.operand).shape;
    const bool full = shape == value.layout.dims;
    TRY_ASSIGN(const Placed operand, b.place_as(post.operand, full ? value.layout : Layout::plain(shape)));
    emit_elements(b, {find_binary(post.binary->kind, DType::kF32)}, {value, operand}, value);
  }
  return {};
}

}  // namespace mindird::engines::cpu
