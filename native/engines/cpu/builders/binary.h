// Arithmetic on two operands with broadcasting, by own kernels.
#pragma once

#include "engines/cpu/node_builder.h"
#include "ops/elementwise/binary.h"

namespace mindird::engines::cpu {

/// Emits y = a kind b; any strides for a and b, y dense. y may be the memory of an operand that has y's layout.
void emit_arithmetic(NodeBuilder& b, ops::BinaryKind kind, const Placed& a, const Placed& z, const Placed& y);

}  // namespace mindird::engines::cpu
