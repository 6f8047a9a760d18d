// Views: values that are other values' memory under another shape.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// Output 0 is input 0 in the same order of elements under the output's shape.
Status build_reshaped(NodeBuilder& b);
Verdict supports_any(const ir::Graph& graph, ir::NodeId node);

}  // namespace mindird::engines::cpu
