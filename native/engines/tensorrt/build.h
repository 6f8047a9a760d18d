// Building: a subgraph becomes a network, the network a serialized engine.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "engines/engine.h"
#include "engines/tensorrt/library.h"

namespace mindird::engines::tensorrt {

/// TensorRT's serialized engine, bare.
Result<std::vector<std::byte>> build_engine(const Library& library, const ir::Graph& graph, const BuildOptions& options);

}  // namespace mindird::engines::tensorrt
