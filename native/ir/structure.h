// Networks without their weights: graph text in which a large constant is a range, from which the same values are made
// again anywhere. For measuring latency, which does not depend on the values of weights, without carrying hundreds of
// megabytes of them.
//
//   graph lenet5(image: f32[1,1,32,32]) -> (x_5) {
//     conv1.weight = const f32[6,1,5,5] @uniform(-0.3,0.3)
//     …
//
// Element i of a constant is low + (high - low) u, rounded to f32, where u in [0,1) are the upper 24 bits of
// SplitMix64's output number i + 1 for the seed FNV-1a(name of the constant). test/gpu/torch_graph.py reads the same
// text and makes the same numbers.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::ir {

/// The text of a graph. f32 constants of more than 8 elements become ranges (of the values' mean and deviation, within
/// their least and greatest); others stay as they are. UNSUPPORTED for large constants of other element types that are
/// not integers.
Result<std::string> structure_text(const Graph& graph);

/// The graph of a structure's text, with its constants made. Errors name the line.
Result<Graph> read_structure(std::string_view text);

}  // namespace mindird::ir
