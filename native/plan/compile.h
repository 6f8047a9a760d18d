// Graph to execution plan: passes, partitioning, engines (from the cache or built), slots. Everything it decides ends up in the report.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "engines/cache.h"
#include "engines/engine.h"
#include "passes/constant_store.h"
#include "plan/execution_plan.h"
#include "plan/limits.h"
#include "plan/engine_nodes.h"

namespace mindird::plan {

struct CompileProgress {
  size_t subgraph = 0;  // counted from 1
  size_t subgraphs = 0;
  double fraction = 0;  // of this subgraph
  std::string step;
  std::string_view engine;
};

/// The graph as a plan file holds it: through the passes, each subgraph of an engine that plan files hold an EngineNode.
struct Contracted {
  EngineStore* store = nullptr;
  ir::Graph graph;
};
struct SymbolicBatch;
struct Narrowable;

struct CompileOptions {
  /// In order of preference; the last takes every node.
  std::vector<const engines::Engine*> engines;
  engines::BuildOptions build;
  /// Null: no cache, for the reason that the report gives.
  const engines::EngineCache* cache = nullptr;
  std::string why_no_cache = "no cache directory";
  /// Shares the constants that passes make between the plans of one model; may be null.
  std::shared_ptr<passes::ConstantStore> constants;
  std::function<void(const CompileProgress&)> progress;
  Limits limits;
  /// The graph comes from a plan file: no passes, and its EngineNodes are loaded or inlined.
  bool from_plan_file = false;
  /// Not null: filled with what a plan file holds.
  Contracted* contracted = nullptr;
  /// Of a bucket of a batched model, for engines with profiles; may be null.
  std::shared_ptr<SymbolicBatch> symbolic = {};
  /// Batch size of the graph where `symbolic` is given.
  int64_t rows = 0;
  /// Inputs are still there after a run, for the next one.
  bool keep_inputs = false;
  /// Inputs and outputs of the plan may be f16 where the graph says f32 (PlanSlot::outside).
  bool narrow_borders = false;
  /// Which, in one subgraph: compile() sets it where that is allowed.
  const Narrowable* narrowable = nullptr;
};

/// One JSON object: passes, partitions with their nodes, every node's engine and why, cache results, sizes, stage times in microseconds.
using Report = nlohmann::json;

/// Consumes a graph with concrete shapes; one beyond options.limits is refused before anything else is done with it. build.optimize false skips the passes and
/// compiles operator by operator.
Result<std::shared_ptr<const ExecutionPlan>> compile(ir::Graph graph, const CompileOptions& options, Report& report);

}  // namespace mindird::plan
