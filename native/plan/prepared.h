// The part of a compilation before any engine builds: passes, the assignment of nodes to engines, subgraphs.
#pragma once

#include <span>
#include <vector>

#include "partition/partition.h"
#include "plan/compile.h"

namespace mindird::plan {

struct Prepared {
  ir::Graph graph;  // after the passes
  partition::Assignment assignment;
  std::vector<partition::Partition> waves;
  std::vector<partition::Subgraph> subgraphs;  // one per wave
};

/// Assigns and splits the graph again, now that engines have failed on nodes.
Status partition_again(Prepared& prepared, const CompileOptions& options, std::span<const partition::Failed> failed);

/// Consumes a graph with concrete shapes; fills the report's "nodes_imported", "passes", "decomposed" and stage times.
Result<Prepared> prepare(ir::Graph graph, const CompileOptions& options, Report& report);

}  // namespace mindird::plan
