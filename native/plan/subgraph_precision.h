// The precision asked for, applied to one subgraph: borders keep their types, so that each engine's subgraph is rewritten for that engine alone.
#pragma once

#include <span>
#include <string>

#include "plan/compile.h"

namespace mindird::plan {

/// The subgraph as `engine` is to build it, and options.build.profiles likewise. Nodes that the engine refuses in the lower type stay f32. `report`
/// becomes {asked, used, nodes: {type: count}, kept: [{node, op, why}]} or {asked, used, why} where nothing was rewritten.
Result<ir::Graph> in_precision(ir::Graph graph, const engines::Engine& engine, CompileOptions& options, Report& report);

/// What an executable that chose for itself says of its precision (Executable::details), into the report of its subgraph.
void note_precision(const engines::Executable& executable, Report& report);

/// {asked, used: {engine: precision}, kept, unmatched} of a whole plan, from the reports of its subgraphs.
Report precision_summary(const engines::BuildOptions& build, const Report& partitions, std::span<const std::string> unmatched);

/// {asked: "full"} or {asked: "16bit", used: {engine: text}} of a whole plan, from what its executables say of their weights (Executable::details).
Report weights_summary(const engines::BuildOptions& build, const Report& partitions);

/// The part of a cache key that precision and storage of weights are; empty for the model's own.
std::string precision_key(const engines::BuildOptions& build);

}  // namespace mindird::plan
