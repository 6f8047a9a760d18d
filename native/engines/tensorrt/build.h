// Building: a subgraph becomes a network, the network a serialized engine.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "engines/engine.h"
#include "engines/tensorrt/library.h"
#include "engines/tensorrt/plan_file.h"

namespace mindird::engines::tensorrt {

struct BuiltEngine {
  std::vector<std::byte> bytes;  // TensorRT's serialized engine, bare
  PlanNotes notes;
};

/// With options.profiles the engine is made of their symbolic graph and serves all their batch sizes.
Result<BuiltEngine> build_engine(const Library& library, const ir::Graph& graph, const BuildOptions& options);

}  // namespace mindird::engines::tensorrt
