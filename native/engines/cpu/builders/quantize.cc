// Quantize and Dequantize by one scale: own kernels, and one for integers that get another scale. By one per channel they are what constants go through,
// which are folded.
#include "ops/elementwise/quantize.h"

#include "engines/cpu/base/loop_nest.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/elements.h"
#include "engines/cpu/passes/eight_bits.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const ConstantPtr& scale = graph.value(node.inputs[1]).constant;
  if (!scale || scale->type().shape.rank() > 0) return Verdict::refuse("scales other than one constant");
  const DType wide = graph.type(node.op->id() == ops::Quantize::kId ? node.inputs[0] : node.outputs[0]).dtype;
  return wide == DType::kF32 ? Verdict::accept() : Verdict::refuse("element types other than f32");
}

Status build(NodeBuilder& b) {
  const bool narrows = b.node().op->id() == ops::Quantize::kId;
  const float scale = b.constant(1)->as<float>()[0];
  const bool again = narrows && b.optimize() && reads_integers(b.graph(), b.group().anchor, false);
  const auto codes = again ? find_codes(b.graph(), b.node().inputs[0]) : std::nullopt;
  const ir::ValueId value = codes ? codes->codes : b.node().inputs[0];
  TRY_ASSIGN(const Placed x, b.place_as(value, b.layout_of(value)));
  const Layout layout = b.optimize() ? common_layout(b.out_type().shape, {x.layout}) : Layout::plain(b.out_type().shape);
  const ElementFunction plain{narrows ? quantize_kernel() : dequantize_kernel(), scale};
  const ElementFunction function = codes ? ElementFunction{requantize_kernel(), codes->scale, scale} : plain;
  emit_elements(b, function, {x}, b.out(0, layout));
  return {};
}

REGISTER_BUILDER(Quantize, {.supports = supports, .build = build});
REGISTER_BUILDER(Dequantize, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
