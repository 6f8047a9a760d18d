// The engine's own graph passes, run on its copy of the subgraph before planning.
#pragma once

#include "ir/graph.h"

namespace mindird::engines::cpu {

/// The same graph computing in f32 where it computed in f16 or bf16, with casts at inputs and outputs.
Result<ir::Graph> widen_half(ir::Graph graph);
/// Weights that are quantised become their integers, and those the numbers they stand for where a reader computes in f32.
Result<bool> fold_quantised(ir::Graph& graph);
/// Numbers are quantised before they are moved or the largest of them is taken.
Result<bool> hoist_quantize(ir::Graph& graph);
/// Adds of one constant per channel behind Conv, ConvTranspose and MatMul become their bias.
Result<bool> fold_bias(ir::Graph& graph);
/// Elementwise nodes move in front of a Reshape, so that they meet the node that can absorb them.
Result<bool> sink_reshape(ir::Graph& graph);

/// All of them but the first, until nothing changes.
Status run_passes(ir::Graph& graph);

}  // namespace mindird::engines::cpu
