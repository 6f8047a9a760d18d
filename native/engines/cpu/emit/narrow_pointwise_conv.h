// The own pointwise convolution of half vectors as a candidate beside oneDNN's.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

inline constexpr std::string_view kNarrowChoice = "narrow pointwise";

/// A kernel of one pixel, stride 1, no padding, one group, constant weights and bias, output channels an odd multiple of 8, operations the kernel can apply.
bool narrow_fits(const NodeBuilder& b);
Status build_narrow(NodeBuilder& b);

}  // namespace mindird::engines::cpu
