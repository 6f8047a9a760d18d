// Multiply-adds per channel disappear into their neighbours' constants:
//
//   Conv(x, w, b) ── · * a + c        becomes   Conv(x, w·a, b·a + c)            also ConvTranspose, MatMul
//   x * a + c ── Conv(·, w, b)        becomes   Conv(x, w·a, b + Σ w·c)          also MatMul
//   x * a + c ── (·) * d + e          becomes   ChannelAffine(x, a·d, c·d + e)
//   Linear ── Reshape ── · * a + c    becomes   Linear' ── Reshape               where the channels stay one dim
//
// The value in between must have no other use. An addend goes into a convolution after it only without padding, which
// would have to hold it too.
#include <algorithm>
#include <memory>

#include "ops/elementwise/binary.h"
#include "ops/normalization/channel_affine.h"
#include "ops/movement/reshape.h"
#include "passes/affine.h"
#include "passes/constants.h"
#include "passes/linear.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// The dim of `b` with the same elements as dim `axis` of `a`, both being shapes of the same elements; nothing when
/// there is none.
std::optional<size_t> same_dim(const Shape& a, size_t axis, const Shape& b) {
  int64_t before = 1;
  for (size_t i = 0; i < axis; ++i) before *= a[i];
  int64_t prefix = 1;
  for (size_t i = 0; i < b.rank() && prefix <= before; ++i) {
    if (prefix == before && b[i] == a[axis]) return i;
    prefix *= b[i];
  }
  return std::nullopt;
}

bool is_candidate(const ir::Graph& graph, ir::NodeId id) {
  const std::string_view op = graph.node(id).op->id();
  return (op == ops::Binary::kId || op == ops::ChannelAffine::kId) && is_floating(graph.type(graph.node(id).outputs[0]).dtype);
}

/// The linear node that made a value nothing else reads, or kNone.
ir::NodeId sole_linear(const ir::Graph& graph, ir::ValueId value) {
  const ir::NodeId id = graph.value(value).producer;
  return id != ir::kNone && is_linear(graph, id) && known_types(graph, id) && graph.single_use(value) ? id : ir::kNone;
}

Result<bool> into_linear_before(ir::Graph& graph, PassContext& context, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  for (const ir::ValueId x : node.inputs) {
    const bool reshaped = produced_by<ops::Reshape>(graph, x) != nullptr && graph.single_use(x);
    const ir::ValueId made = reshaped ? producer(graph, x).inputs[0] : x;
    const ir::NodeId linear = sole_linear(graph, made);
    if (linear == ir::kNone) continue;
    std::optional<size_t> axis = output_channel_axis(graph, linear);
    if (reshaped) axis = same_dim(graph.type(made).shape, *axis, graph.type(x).shape);
    const auto affine = axis ? affine_of(graph, id, *axis) : std::nullopt;
    if (!affine || affine->x != x) continue;
    TRY_ASSIGN(auto y, absorb_after(graph, context, linear, {affine->scale, affine->shift}));
    if (!y) continue;
    if (reshaped) {
      const ir::Node reshape = producer(graph, x);
      TRY_ASSIGN(y, graph.add(reshape.op, {*y}, reshape.origin));
    }
    replace(graph, node.outputs[0], *y);
    return true;
  }
  return false;
}

/// The only reader of a value, when it reads it as input 0; kNone otherwise.
ir::NodeId sole_reader(const ir::Graph& graph, ir::ValueId value) {
  if (!graph.single_use(value)) return ir::kNone;
  const ir::Use use = graph.value(value).uses[0];
  return use.input == 0 && known_types(graph, use.node) ? use.node : ir::kNone;
}

Result<bool> into_linear_after(ir::Graph& graph, PassContext& context, ir::NodeId id) {
  ir::ValueId y = graph.node(id).outputs[0];
  ir::NodeId reader = sole_reader(graph, y);
  const bool reshaped = reader != ir::kNone && graph.node(reader).op->id() == ops::Reshape::kId;
  const ir::NodeId reshape = reader;
  if (reshaped) reader = sole_reader(graph, graph.node(reshape).outputs[0]);
  if (reader == ir::kNone) return false;
  std::optional<size_t> axis = input_channel_axis(graph, reader);
  if (reshaped && axis) axis = same_dim(graph.type(graph.node(reshape).outputs[0]).shape, *axis, graph.type(y).shape);
  const auto affine = axis ? affine_of(graph, id, *axis) : std::nullopt;
  if (!affine) return false;
  ir::ValueId x = affine->x;
  if (reshaped) {
    const ir::Node view = graph.node(reshape);
    TRY_ASSIGN(x, graph.add(view.op, {x}, view.origin));
  }
  TRY_ASSIGN(const auto result, absorb_before(graph, context, reader, x, {affine->scale, affine->shift}));
  if (!result) {
    if (reshaped) graph.erase_node(graph.value(x).producer);
    return false;
  }
  replace(graph, graph.node(reader).outputs[0], *result);
  return true;
}

bool varies(const std::vector<double>& values) { return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end(); }

/// Two multiply-adds in a row along `axis`, at least one of which differs from channel to channel.
Result<bool> into_affine_before(ir::Graph& graph, PassContext& context, ir::NodeId id, size_t axis) {
  const auto outer = affine_of(graph, id, axis);
  if (!outer || !graph.single_use(outer->x) || graph.value(outer->x).producer == ir::kNone) return false;
  const ir::NodeId below = graph.value(outer->x).producer;
  if (!known_types(graph, below)) return false;
  const auto inner = affine_of(graph, below, axis);
  if (!inner) return false;
  const bool per_channel = varies(outer->scale) || varies(outer->shift) || varies(inner->scale) || varies(inner->shift);
  if (!per_channel && !outer->is_channel_affine && !inner->is_channel_affine) return false;
  std::vector<double> scale = inner->scale;
  std::vector<double> shift = inner->shift;
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] *= outer->scale[c];
    shift[c] = shift[c] * outer->scale[c] + outer->shift[c];
  }
  // Parameters are float32 for narrower types, which lose digits in the constants otherwise.
  const DType dtype = graph.type(inner->x).dtype == DType::kF64 ? DType::kF64 : DType::kF32;
  const TensorType type{dtype, Shape{static_cast<int64_t>(scale.size())}};
  auto a = make_floats(type, scale);
  auto b = make_floats(type, shift);
  if (!a.ok() || !b.ok()) return false;
  auto op = std::make_shared<ops::ChannelAffine>();
  op->axis = static_cast<int64_t>(axis);
  const ir::Node node = graph.node(below);
  const ir::ValueId factor = graph.add_constant(context.share(*a), "scale");
  const ir::ValueId addend = graph.add_constant(context.share(*b), "shift");
  TRY_ASSIGN(const ir::ValueId y, graph.add(std::move(op), {inner->x, factor, addend}, node.origin));
  replace(graph, graph.node(id).outputs[0], y);
  return true;
}

}  // namespace

Result<bool> fold_scale(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    if (!is_candidate(graph, id)) return false;
    TRY_ASSIGN(bool changed, into_linear_before(graph, context, id));
    if (changed) return true;
    TRY_ASSIGN(changed, into_linear_after(graph, context, id));
    if (changed) return true;
    const size_t rank = graph.type(graph.node(id).outputs[0]).shape.rank();
    for (const size_t axis : {size_t{1}, rank - 1}) {
      if (axis >= rank) continue;
      TRY_ASSIGN(changed, into_affine_before(graph, context, id, axis));
      if (changed) return true;
    }
    return false;
  });
}

}  // namespace mindird::passes
