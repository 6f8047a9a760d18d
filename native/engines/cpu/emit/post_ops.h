// Absorbed elementwise operations as oneDNN post-ops.
#pragma once

#include <optional>

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

struct Eltwise {
  dnnl::algorithm algorithm;
  float alpha = 0;
  float beta = 0;
};

/// The oneDNN function equal to a unary operator, or nothing.
std::optional<Eltwise> find_eltwise(const ops::Unary& op);
std::optional<dnnl::algorithm> find_binary(ops::BinaryKind kind);

/// True when oneDNN can apply `post` in f32 behind a node whose channels lie in dim `channel_axis`: a known function, or a binary operation
/// with a tensor of the same shape, one value, or one value per channel.
bool can_append(const ir::Graph& graph, const Group& group, const PostOp& post, size_t channel_axis);

/// Attributes every primitive gets: scratchpad from the workspace, strict f32 arithmetic.
dnnl::primitive_attr strict_attributes();
/// Adds the group's post-ops for an output at `layout`, up to one that oneDNN computes otherwise than the operator; their operands become arguments.
/// Returns how many were added; the others are for emit_rest().
Result<size_t> append_post_ops(NodeBuilder& b, const Layout& layout, dnnl::primitive_attr& attr, std::vector<PrimitiveArg>& args);
/// Adds a binary post-op whose operand is `value`, a tensor as large as the output at `layout`, one value or one per channel; it becomes an argument.
Status append_operand(NodeBuilder& b, dnnl::algorithm algorithm, ir::ValueId value, const Layout& layout, dnnl::post_ops& list,
                      std::vector<PrimitiveArg>& args);
/// A step of its own for y = op(x); both dense and of one layout, the same memory allowed.
void emit_eltwise(NodeBuilder& b, const ops::Unary& op, const Placed& x, const Placed& y);

}  // namespace mindird::engines::cpu
