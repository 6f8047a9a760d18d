// The way back from recognised operators: each can be replaced by basic ones, for engines that know the parts but not
// the whole.
#pragma once

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::passes {

/// Replaces a node by basic operators that compute the same: Attention, LayerNorm, ChannelAffine, and the Unary kinds
/// that passes recognise (gelu_*, fast_gelu, silu, mish, hard_*, leaky_relu, clip). False: the operator has no parts,
/// or its types are not known; the graph is as it was.
Result<bool> decompose(ir::Graph& graph, ir::NodeId node);

}  // namespace mindird::passes
