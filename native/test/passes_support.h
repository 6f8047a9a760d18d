// Support of the pass tests: running passes by name, random inputs, comparing what two graphs compute.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "passes/pipeline.h"

namespace mindird::passes {

/// Runs one pass once, or a whole stage to its fixpoint, and verifies the graph.
Status run_by_name(std::string_view name, ir::Graph& graph);

/// All passes of all stages, each once.
std::vector<Pass> every_pass();

/// A tensor of random contents: floats around zero, integers 0 and 1 (valid as most indices), booleans.
ir::OwnedTensor random_tensor(const TensorType& type, std::mt19937& random);
std::vector<ir::OwnedTensor> random_inputs(const ir::Graph& graph, std::mt19937& random);

/// "" when both are equal within the tolerance of their element type, else what differs.
std::string difference(const Tensor& got, const Tensor& want);

/// Fails the current test unless both graphs compute the same from the same random inputs (invariant I2).
void expect_same_results(const ir::Graph& before, const ir::Graph& after, uint32_t seed);

}  // namespace mindird::passes
