// Compare: own kernels over the operands' own strides, any broadcast and element type.
#include "ops/elementwise/compare.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/emit/elements.h"

namespace mindird::engines::cpu {
namespace {

ElementKernel kernel_of(const ir::Graph& graph, const ir::Node& node) {
  return find_compare(static_cast<const ops::Compare&>(*node.op).kind, graph.type(node.inputs[0]).dtype);
}

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  return kernel_of(graph, graph.node(node)) ? Verdict::accept() : Verdict::refuse("no kernel for this element type");
}

Status build(NodeBuilder& b) { return build_elements(b, {kernel_of(b.graph(), b.node())}); }

REGISTER_BUILDER(Compare, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu
