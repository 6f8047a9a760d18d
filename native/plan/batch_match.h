// Whether a subgraph at one batch size is the one at another with its batch exchanged, which is what lets one engine serve both.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ir/graph.h"

namespace mindird::plan {

/// Nothing when `actual`, at `rows` rows, has node by node the operators, wiring and constants of `symbolic`, and its dims and integer attributes are
/// those of engines::at_rows(); else the first difference. Inputs and outputs must be in the same order.
std::optional<std::string> batch_difference(const ir::Graph& symbolic, int64_t placeholder, const ir::Graph& actual, int64_t rows);

/// The same for graphs as the model gives them, where a constant may have the batch among its dims if its slices along that dim are all equal. Nothing
/// means that what the graph computes for a row does not depend on how many rows there are, as far as two batch sizes can tell; a number worked out
/// from the batch size, such as the largest dim of an input, is a difference.
std::optional<std::string> row_difference(const ir::Graph& symbolic, int64_t placeholder, const ir::Graph& actual, int64_t rows);

/// A small prime that divides none of the batch sizes and no dim or integer attribute of the graph but 0.
int64_t choose_placeholder(const ir::Graph& graph, std::span<const int64_t> rows = {});

}  // namespace mindird::plan
