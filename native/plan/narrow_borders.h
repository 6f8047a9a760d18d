// Inputs and outputs of a plan in f16, where the engine would round them to that in any case: whoever fills and reads them converts on the way.
//
//   x: f32 ─► Cast ─► Conv ─► … ─► MatMul ─► Cast ─► y: f32      becomes      x: f16 ─► Conv ─► … ─► MatMul ─► y: f16
//             f16                            f32
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "partition/partition.h"

namespace mindird::plan {

/// Which inputs and outputs of a subgraph only the caller of the plan fills and reads.
struct Narrowable {
  std::vector<bool> inputs;
  std::vector<bool> outputs;
};

/// One for each of the subgraphs that `graph` was split into.
std::vector<Narrowable> narrowable(const ir::Graph& graph, std::span<const partition::Subgraph> subgraphs);

/// The graph with those of its narrowable borders in f16 that are f32 and nothing but cast to or from it. Another batch size of the same graph gives the same.
Result<ir::Graph> narrow_borders(const ir::Graph& graph, const Narrowable& which);

}  // namespace mindird::plan
