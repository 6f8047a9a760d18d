// Axis analysis: proves that the rows of a batch do not influence one another, by following dimension 0 of the inputs through every operator's
// batch_axis rule.
#pragma once

#include <string>

#include "ir/graph.h"

namespace mindird::plan {

struct BatchProof {
  bool independent = false;
  /// The first node (or output) at which the proof fails.
  std::string why;
};

/// Dimension 0 of every graph input is the batch. Independent: every output's dimension 0 is exactly the batch and each output row is a
/// function of the same row of the inputs.
BatchProof prove_rows_independent(const ir::Graph& graph);

}  // namespace mindird::plan
