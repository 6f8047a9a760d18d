// Choosing between kernels by measuring them once, when a schedule is built; the record keeps the choice. They run alone, with what the node absorbed, in
// turn, their weights out of the caches; the first candidate is preferred unless another one is clearly faster.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// The recorded choice for the node among `candidates`, or the one that measuring finds.
Result<std::string> choose_kernel(NodeBuilder& b, const std::vector<std::string>& candidates);

}  // namespace mindird::engines::cpu
