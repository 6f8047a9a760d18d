// Dense layers on 8-bit integers.
#pragma once

#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/passes/eight_bits.h"

namespace mindird::engines::cpu {

/// A MatMul of any number of rows with one constant matrix of integers.
Status build_integer_dense(NodeBuilder& b, const EightBits& bits);

}  // namespace mindird::engines::cpu
