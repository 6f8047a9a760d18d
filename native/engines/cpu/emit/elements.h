// Steps of elementwise functions on operands of any type, layout and broadcast.
#pragma once

#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/kernels/element_run.h"

namespace mindird::engines::cpu {

struct ElementFunction {
  ElementKernel kernel = nullptr;
  double alpha = 0;  // parameters of a Unary
  double beta = 0;
};

/// Emits y = function(from…); any strides for the operands, y dense. y may be the memory of an operand that has y's layout and size of element.
void emit_elements(NodeBuilder& b, const ElementFunction& function, const std::vector<Placed>& from, const Placed& y);
/// The whole node: its inputs as they lie, its output in the layout most of them have.
Status build_elements(NodeBuilder& b, const ElementFunction& function);

}  // namespace mindird::engines::cpu
