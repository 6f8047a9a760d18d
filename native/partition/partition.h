// Splitting a graph between engines: every node gets an engine (assign.cc), equal engines are gathered into waves that cannot form a cycle
// (waves.cc), and every wave becomes a subgraph of its own (extract.cc).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "engines/node_failure.h"
#include "ir/graph.h"

namespace mindird::partition {

/// Which engine a node runs on, and why the engines preferred to it do not take it.
struct Decision {
  ir::NodeId node = ir::kNone;
  size_t engine = 0;  // position in the list of engines
  struct Refusal {
    size_t engine;
    std::string why;
  };
  std::vector<Refusal> refusals;
};

struct Assignment {
  std::vector<Decision> decisions;  // one per living node, in topological order
  std::vector<uint32_t> engine_of;  // by NodeId
};

/// A node that an engine said it takes and could not build.
struct Failed {
  size_t engine = 0;
  engines::NodeName node;
  std::string why;
};

struct AssignOptions {
  /// Refused as if the engines' supports() had said so.
  std::span<const Failed> failed = {};
  /// A subgraph of a preferred engine is worth its borders when its work is at least this many operations per byte crossing them. 0: always.
  double work_per_border_byte = 0;
};

/// Asks the engines in order of preference for each node; the last engine must accept every node. Nodes of preferred engines whose
/// subgraph is not worth its borders go to the last engine; that set only shrinks, so the loop ends.
Result<Assignment> assign(const ir::Graph& graph, std::span<const engines::Engine* const> engines, const AssignOptions& options = {});

/// Nodes that run together on one engine, in topological order.
struct Partition {
  size_t engine = 0;
  std::vector<ir::NodeId> nodes;
};

/// Partitions in an order in which all edges go forward. `engine_of` is indexed by NodeId.
std::vector<Partition> make_waves(const ir::Graph& graph, std::span<const uint32_t> engine_of);

/// A partition as a graph of its own.
struct Subgraph {
  size_t engine = 0;
  ir::Graph graph;
  std::vector<ir::ValueId> inputs;   // values of the parent, in the order of graph.inputs()
  std::vector<ir::ValueId> outputs;  // values of the parent, in the order of graph.outputs(); each once
};

Result<std::vector<Subgraph>> extract(const ir::Graph& graph, std::span<const Partition> partitions);

}  // namespace mindird::partition
