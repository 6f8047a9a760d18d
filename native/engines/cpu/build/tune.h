// Choosing between kernels by measuring them once, when a schedule is built; the record keeps the choice. They run alone, with what the node absorbed, in
// turn, their weights out of the caches; the first candidate is preferred unless another one is clearly faster.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// What a candidate may take of the first one's time to be preferred to it: less would be taken for noise.
inline constexpr double kClearWin = 0.93;

/// The recorded choice for the node among `candidates`, or the one that measuring finds. `win` as kClearWin.
Result<std::string> choose_kernel(NodeBuilder& b, const std::vector<std::string>& candidates, double win = kClearWin);

}  // namespace mindird::engines::cpu
