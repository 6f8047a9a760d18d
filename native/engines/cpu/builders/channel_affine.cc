// ChannelAffine: y = x * a + b per channel, in the layout of x.
#include "ops/normalization/channel_affine.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/scale_shift.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) { return all_f32(graph, node) ? Verdict::accept() : Verdict::refuse("element types other than f32"); }

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  TRY_ASSIGN(const Placed scale, b.in_plain(1));
  TRY_ASSIGN(const Placed shift, b.in_plain(2));
  emit_affine(b, x, *normalize_axis(b.op<ops::ChannelAffine>().axis, b.out_type().shape.rank()), scale.ref, shift.ref);
  return {};
}

REGISTER_BUILDER(ChannelAffine, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
