// Weights kept as 8-bit integers, as model files have them for want of a primitive of their own:
//
//   q ── Cast f32 ── Mul scale ── y        becomes        q ── Dequantize(scale) ── y
//
// q and the scale are constants, the scale positive and either one number or one per position of one dim. Engines compute in 8 bits where they see a
// Dequantize; folded, the weights would be plain numbers four times as large.
#include <algorithm>

#include "ops/elementwise/binary.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/quantize.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// The integers behind a cast of constants to f32, or kNone.
ir::ValueId cast_integers(const ir::Graph& graph, ir::ValueId value) {
  const auto* cast = produced_by<ops::Cast>(graph, value);
  if (!cast || cast->to != DType::kF32) return ir::kNone;
  const ir::ValueId q = producer(graph, value).inputs[0];
  return graph.is_constant(q) && graph.type(q).dtype == DType::kI8 ? q : ir::kNone;
}

/// The dim along which a constant changes when it is broadcast to `shape`, the first one for one number; nothing when it does along several, or enlarges
/// the shape.
std::optional<size_t> only_dim(const Shape& scale, const Shape& shape) {
  if (scale.rank() > shape.rank()) return std::nullopt;
  const size_t missing = shape.rank() - scale.rank();
  std::optional<size_t> found;
  for (size_t d = 0; d < scale.rank(); ++d) {
    if (scale[d] == 1) continue;
    if (found || scale[d] != shape[d + missing]) return std::nullopt;
    found = d + missing;
  }
  return found.value_or(0);
}

}  // namespace

Result<bool> recognise_dequantize(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node node = graph.node(id);
    const auto* mul = ir::op_cast<ops::Binary>(*node.op);
    if (!mul || mul->kind != ops::BinaryKind::kMul) return false;
    for (const size_t side : {size_t{0}, size_t{1}}) {
      const ir::ValueId q = cast_integers(graph, node.inputs[side]);
      const ConstantPtr& scale = graph.value(node.inputs[1 - side]).constant;
      if (q == ir::kNone || !scale || scale->type().dtype != DType::kF32) continue;
      const auto dim = only_dim(scale->type().shape, graph.type(q).shape);
      if (!dim || !std::ranges::all_of(scale->as<float>(), [](float s) { return s > 0; })) continue;
      const int64_t count = scale->type().shape.elements();
      TRY_ASSIGN(const ConstantPtr flat, make_constant({DType::kF32, count == 1 ? Shape() : Shape{count}}, scale->bytes()));
      auto dequantize = std::make_shared<ops::Dequantize>();
      dequantize->axis = static_cast<int64_t>(*dim);
      const ir::ValueId factor = graph.add_constant(context.share(flat), graph.value(node.inputs[1 - side]).name);
      TRY_ASSIGN(const ir::ValueId y, graph.add(std::move(dequantize), {q, factor}, node.origin));
      replace(graph, node.outputs[0], y);
      return true;
    }
    return false;
  });
}

}  // namespace mindird::passes
