// Lowering of a primitive that a TensorRT plugin computes.
#pragma once

#include "mindir/plugin_map.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// One Plugin node: its inputs are the tensors among the primitive's, in order; output types are those the file declares, where a first dimension that is
/// unknown there is that of the first input. Errors: a field that is not there, output types the file does not tell.
Result<Item> lower_plugin(Call& call, const PluginEntry& plugin);

}  // namespace mindird::mindir
