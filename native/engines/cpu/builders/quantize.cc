// Quantize and Dequantize by one scale: own kernels. By one per channel they are what constants go through, which are folded.
#include "ops/elementwise/quantize.h"

#include "engines/cpu/base/loop_nest.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/elements.h"

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
  TRY_ASSIGN(const Placed x, b.in(0));
  const Layout layout = b.optimize() ? common_layout(b.out_type().shape, {x.layout}) : Layout::plain(b.out_type().shape);
  const ElementFunction function{narrows ? quantize_kernel() : dequantize_kernel(), b.constant(1)->as<float>()[0]};
  emit_elements(b, function, {x}, b.out(0, layout));
  return {};
}

REGISTER_BUILDER(Quantize, {.supports = supports, .build = build});
REGISTER_BUILDER(Dequantize, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
