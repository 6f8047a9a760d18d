// Random graphs of the operators passes know, full of the patterns they look for: constants, scales, biases, views,
// decomposed activations, repeated nodes. Values stay of ordinary size, so that results can be compared.
#pragma once

#include <cstdint>

#include "ir/graph.h"

namespace mindird::passes {

/// A verified graph of about `nodes` nodes; the same seed gives the same graph.
ir::Graph random_graph(uint32_t seed, int nodes);

}  // namespace mindird::passes
