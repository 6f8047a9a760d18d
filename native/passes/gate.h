// Gated activations: x times a function of x. Exporters write GELU, SiLU, hard swish and others as such products, in
// many orders.
#pragma once

#include <vector>

#include "passes/pattern.h"

namespace mindird::passes {

/// value = x * (scale * f(p(x)) + shift); f is a Unary kind, p a polynomial.
struct Gate {
  ir::ValueId x;
  ops::UnaryKind function;
  /// f's own parameters (the limits of clip).
  double alpha;
  double beta;
  double scale;
  double shift;
  Polynomial inner;
};

/// All readings of a value as a gate; none for most values.
std::vector<Gate> gates(const ir::Graph& graph, ir::ValueId value);

}  // namespace mindird::passes
