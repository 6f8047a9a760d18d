#include "plan/prepared.h"

#include <nlohmann/json.hpp>

#include "base/stopwatch.h"
#include "passes/pipeline.h"
#include "plan/decompose_refused.h"
#include "plan/engine_nodes.h"

namespace mindird::plan {
namespace {

Report passes_report(const std::vector<passes::PassReport>& reports) {
  Report out = Report::array();
  for (const passes::PassReport& r : reports) {
    out.push_back({{"name", r.name}, {"changed", r.changed}, {"nodes_before", r.nodes_before}, {"nodes_after", r.nodes_after}, {"us", r.microseconds}});
  }
  return out;
}

}  // namespace

Status partition_again(Prepared& prepared, const CompileOptions& options, std::span<const partition::Failed> failed) {
  TRY_ASSIGN(prepared.assignment, partition::assign(prepared.graph, options.engines, {.failed = failed}));
  prepared.waves = partition::make_waves(prepared.graph, prepared.assignment.engine_of);
  TRY_ASSIGN(prepared.subgraphs, partition::extract(prepared.graph, prepared.waves));
  return {};
}

Result<Prepared> prepare(ir::Graph graph, const CompileOptions& options, Report& report) {
  Stopwatch watch;
  if (options.from_plan_file) {
    TRY_ASSIGN(graph, resolve_engine_nodes(std::move(graph), options.engines, report));
  }
  TRY(check_limits(graph, options.limits));
  report["nodes_imported"] = graph.living_nodes();
  report["passes"] = Report::array();
  if (options.build.optimize && !options.from_plan_file) {
    auto passes = passes::optimize(graph, {.constants = options.constants});
    if (!passes.ok()) return std::move(passes).status();
    report["passes"] = passes_report(*passes);
    TRY(decompose_refused(graph, options.engines, report["decomposed"]));
  }
  report["stages"]["optimize_us"] = watch.lap();
  Prepared out;
  out.graph = std::move(graph);
  TRY(partition_again(out, options, {}));
  report["stages"]["partition_us"] = watch.lap();
  return out;
}

}  // namespace mindird::plan
