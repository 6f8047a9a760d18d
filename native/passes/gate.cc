// The product is looked for below any outer constant factor; either operand may hold the function, the other one is x,
// perhaps with a factor of its own:
//
//   outer · (factor · x) · (a · f(p(x)) + b)
#include "passes/gate.h"

#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

/// Readings of outer * gate_side * x_side.
void read_product(const ir::Graph& graph, double outer, ir::ValueId gate_side, ir::ValueId x_side, std::vector<Gate>& out) {
  for (const Level& f : levels(graph, gate_side)) {
    const auto* op = produced_by<ops::Unary>(graph, f.base);
    if (!op) continue;
    const ir::ValueId argument = producer(graph, f.base).inputs[0];
    for (const Level& x : levels(graph, x_side)) {
      if (x.shift != 0 || !(graph.type(x.base) == graph.type(f.base))) continue;
      const auto inner = polynomial(graph, argument, x.base);
      if (!inner) continue;
      const double factor = outer * x.scale;
      out.push_back({x.base, op->kind, op->alpha, op->beta, factor * f.scale, factor * f.shift, *inner});
    }
  }
}

}  // namespace

std::vector<Gate> gates(const ir::Graph& graph, ir::ValueId value) {
  std::vector<Gate> out;
  for (const Level& level : levels(graph, value)) {
    if (level.shift != 0) continue;
    const auto sides = operands(graph, level.base, ops::BinaryKind::kMul);
    if (!sides || graph.is_constant(sides->left) || graph.is_constant(sides->right)) continue;
    read_product(graph, level.scale, sides->left, sides->right, out);
    read_product(graph, level.scale, sides->right, sides->left, out);
  }
  return out;
}

}  // namespace mindird::passes
