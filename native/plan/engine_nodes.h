// Subgraphs as EngineNodes and back: what a plan file is made of.
//
//   x ──► Conv ──► Unary ──► NonZero ──► y      contract      x ──► EngineNode ──► NonZero ──► y
//         └─ embedded ──┘   └ cpu ┘            ─────────►
//                                              ◄─────────
//                                            inline_bodies
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "partition/partition.h"
#include "plan/execution_plan.h"

namespace mindird::plan {

/// Serialised engines by content hash; equal ones, those of the buckets of one model for instance, are kept once.
using EngineStore = std::map<std::string, std::shared_ptr<const std::vector<std::byte>>>;

/// The graph in which every partition whose step runs on one of `engines` that plan files hold is one EngineNode. `partitions`, `steps` and `reports`
/// correspond to each other; a report says in "profiles" which batch sizes the engine serves.
Result<ir::Graph> contract(const ir::Graph& graph, std::span<const partition::Partition> partitions, std::span<const PlanStep> steps,
                           std::span<const engines::Engine* const> engines, const nlohmann::json& reports, EngineStore& store);

/// The same graph, its nodes partition by partition: the order that contracting and inlining leave, which makes equal graphs comparable.
ir::Graph in_partition_order(const ir::Graph& graph, std::span<const partition::Partition> partitions);

/// All of them, in topological order.
std::vector<ir::NodeId> engine_nodes_of(const ir::Graph& graph);

/// The graph with the bodies of these EngineNodes in their places.
Result<ir::Graph> inline_bodies(const ir::Graph& graph, std::span<const ir::NodeId> which);

/// Keeps the EngineNodes that one of the engines takes, and inlines the others. One entry per EngineNode, with the reason where it is not used, goes to
/// report["embedded"].
Result<ir::Graph> resolve_engine_nodes(ir::Graph graph, std::span<const engines::Engine* const> engines, nlohmann::json& report);

/// When `graph` is one EngineNode: its executable, straight from the engine it carries. One that cannot be loaded leaves null and the body in
/// `graph`, for the engine to be built again, and the reason in report["embedded"]. Null for any other graph.
Result<std::shared_ptr<const engines::Executable>> load_engine_node(ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& options,
                                                                    nlohmann::json& report);

}  // namespace mindird::plan
