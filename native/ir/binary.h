// Graphs as bytes, constants included: for what leaves the process (builder child, plan files). Reading takes any bytes: an error, never a crash.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::ir {

/// Types, attributes, constants, value names and origins; equal constants are written once.
std::vector<std::byte> write_binary(const Graph& graph);

/// The graph write_binary was given, up to the numbering of nodes and values. Types are inferred again and must equal those written where they are known.
Result<Graph> read_binary(std::span<const std::byte> bytes);

}  // namespace mindird::ir
