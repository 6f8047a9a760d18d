// Graphs as bytes, constants included: for what leaves the process (builder child, plan files). Reading takes any bytes: an error, never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::ir {

/// Types, attributes, constants, value names and origins; equal constants are written once.
std::vector<std::byte> write_binary(const Graph& graph);

/// The graph write_binary was given, up to the numbering of nodes and values. Types are inferred again and must equal those written where they are known.
Result<Graph> read_binary(std::span<const std::byte> bytes);

/// Constants that several graphs share lie outside of their bytes: `place` gives a constant its number there, `find` the constant of a number.
using PlaceConstant = std::function<uint64_t(const ConstantPtr& constant)>;
using FindConstant = std::function<Result<ConstantPtr>(uint64_t number)>;
std::vector<std::byte> write_binary(const Graph& graph, const PlaceConstant& place);
Result<Graph> read_binary(std::span<const std::byte> bytes, const FindConstant& find);

}  // namespace mindird::ir
