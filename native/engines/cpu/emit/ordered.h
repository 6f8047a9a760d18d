// What the builders of Sort and TopK share.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// Emits the sorting of all lines of input 0 along an axis: outputs are the first elements in order, as many as they have room for, and their positions.
Status emit_ordered(NodeBuilder& b, int64_t axis, bool descending);

}  // namespace mindird::engines::cpu
