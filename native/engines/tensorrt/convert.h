// A subgraph as a strongly typed TensorRT network.
#pragma once

#include "base/status.h"
#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

/// "in_0", "out_3": the names of the network's inputs and outputs, in the order of the graph's.
std::string input_name(size_t i);
std::string output_name(size_t i);

/// Fills the draft's network. Errors name node and operator.
Status convert(NetworkDraft& draft);

}  // namespace mindird::engines::tensorrt
