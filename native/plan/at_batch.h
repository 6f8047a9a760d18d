// A graph at a placeholder of a batch size, made one of a real batch size: what a plan file has instead of the model it was made of.
#pragma once

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::plan {

/// The graph with every dim and integer attribute that is a multiple of `placeholder`, at least 2, grown to `rows` rows; constants, names and origins
/// stay. Types are inferred again. INVALID_MODEL, with the node, when they come out differently: the graph may come from a file.
Result<ir::Graph> at_batch(const ir::Graph& symbolic, int64_t placeholder, int64_t rows);

}  // namespace mindird::plan
