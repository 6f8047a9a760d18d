// The own convolution of few channels as a candidate beside oneDNN's.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

inline constexpr std::string_view kFewChannelsChoice = "few channels";

/// Two spatial dims, one group, no dilation, constant weights and bias, few channels in and out, an activation the kernel can apply.
bool few_channels_fit(const NodeBuilder& b);
Status build_few_channels(NodeBuilder& b);

}  // namespace mindird::engines::cpu
