// The own Winograd convolution as a candidate beside oneDNN's.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// 3x3, stride 1, one group, constant weights, channels in whole vectors, absorbed operations the kernel can apply.
bool winograd_fits(const NodeBuilder& b);
/// How many tiles its output has.
int64_t winograd_tiles(const NodeBuilder& b);
Status build_winograd(NodeBuilder& b, int64_t chunk);

}  // namespace mindird::engines::cpu
