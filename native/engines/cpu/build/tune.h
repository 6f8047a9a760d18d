// Choosing between kernels by measuring them once, when a schedule is built; the record keeps the choice.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// The recorded choice for the node, or the fastest of `candidates`: each is built alone (with the choice recorded) and timed.
Result<std::string> choose_kernel(NodeBuilder& b, const std::vector<std::string>& candidates);

}  // namespace mindird::engines::cpu
