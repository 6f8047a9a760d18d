// y = x * a + b per channel.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// `scale` and `shift` hold one f32 per index of dim `axis`; the output takes the layout of x when it is dense.
void emit_affine(NodeBuilder& b, const Placed& x, size_t axis, Ref scale, Ref shift);

}  // namespace mindird::engines::cpu
