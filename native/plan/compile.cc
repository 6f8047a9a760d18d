#include "plan/compile.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/stopwatch.h"
#include "base/strings.h"
#include "partition/partition.h"
#include "passes/pipeline.h"
#include "passes/precision.h"
#include "plan/precision.h"

namespace mindird::plan {
namespace {

Report passes_report(const std::vector<passes::PassReport>& reports) {
  Report out = Report::array();
  for (const passes::PassReport& r : reports) {
    out.push_back({{"name", r.name}, {"changed", r.changed}, {"nodes_before", r.nodes_before}, {"nodes_after", r.nodes_after}, {"us", r.microseconds}});
  }
  return out;
}

/// `ran_on` by NodeId: the engine whose executable holds the node, after fallbacks.
Report nodes_report(const ir::Graph& graph, const partition::Assignment& assignment, const CompileOptions& options, std::span<const std::string> ran_on) {
  Report out = Report::array();
  for (const partition::Decision& d : assignment.decisions) {
    const ir::Node& node = graph.node(d.node);
    Report refused = Report::array();
    for (const auto& r : d.refusals) refused.push_back({{"engine", options.engines[r.engine]->id()}, {"why", r.why}});
    out.push_back({{"node", node.origin}, {"op", node.op->id()}, {"engine", ran_on[d.node]}, {"refused", std::move(refused)}});
  }
  return out;
}

engines::CacheKey cache_key(const ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& build) {
  return {ir::hash(graph), std::string(engine.id()), engine.fingerprint(),
          str("threads=", build.threads, ",optimize=", build.optimize ? 1 : 0, precision_key(build))};
}

/// One subgraph through the cache or the engine's builder. A damaged or refused cache entry is rebuilt; the report says so.
Result<std::shared_ptr<const engines::Executable>> make_executable(ir::Graph graph, const engines::Engine& engine, CompileOptions options, Report& report) {
  Stopwatch watch;
  TRY_ASSIGN(graph, in_precision(std::move(graph), engine, options, report["precision"]));
  std::shared_ptr<const engines::Executable> out;
  if (!options.cache) {
    report["cache"] = {{"result", "disabled"}, {"reason", "no cache directory"}};
    TRY_ASSIGN(out, engine.build(std::move(graph), options.build));
    report["build_us"] = watch.lap();
    return out;
  }
  const engines::CacheKey key = cache_key(graph, engine, options.build);
  const auto lock = options.cache->lock(key);
  engines::CacheLookup lookup = options.cache->lookup(key);
  if (lookup.result == engines::CacheResult::kHit) {
    auto loaded = engine.load(graph, lookup.payload, options.build);
    if (loaded.ok()) {
      report["cache"] = {{"result", "hit"}, {"reason", ""}, {"key", key.hash().hex()}, {"bytes", lookup.payload.size()}};
      report["load_us"] = watch.lap();
      return std::shared_ptr<const engines::Executable>(std::move(loaded).value());
    }
    lookup.result = engines::CacheResult::kInvalid;
    lookup.reason = loaded.status().message();
  }
  lookup.payload = {};
  TRY_ASSIGN(out, engine.build(std::move(graph), options.build));
  report["build_us"] = watch.lap();
  report["cache"] = {{"result", engines::cache_result_name(lookup.result)}, {"reason", lookup.reason}, {"key", key.hash().hex()}};
  auto bytes = out->serialize();
  if (bytes.ok()) {
    const Status stored = options.cache->store(key, *bytes);
    report["cache"]["bytes"] = bytes->size();
    report["cache"]["stored"] = stored.ok() ? "" : stored.message();
  } else {
    report["cache"] = {{"result", "disabled"}, {"reason", bytes.status().message()}};
  }
  report["store_us"] = watch.lap();
  return out;
}

/// Slots for the values that cross borders, made as they are met.
class SlotTable {
 public:
  explicit SlotTable(const ir::Graph& graph) : graph_(graph) {}

  size_t of(ir::ValueId v) {
    const auto [it, fresh] = index_.try_emplace(v, slots_.size());
    if (fresh) {
      const ir::Value& value = graph_.value(v);
      slots_.push_back({value.type, value.name, 0, !value.type.shape.known(), value.constant});
    }
    return it->second;
  }
  std::vector<size_t> of_all(std::span<const ir::ValueId> values) {
    std::vector<size_t> out;
    for (ir::ValueId v : values) out.push_back(of(v));
    return out;
  }
  std::vector<Slot> take() { return std::move(slots_); }

 private:
  const ir::Graph& graph_;
  std::vector<Slot> slots_;
  std::unordered_map<ir::ValueId, size_t> index_;
};

Report partition_report(const partition::Subgraph& s, const engines::Engine& engine) {
  Report out = {{"engine", engine.id()}, {"nodes", s.graph.living_nodes()}, {"inputs", Report::array()}, {"outputs", Report::array()}};
  for (ir::ValueId v : s.graph.inputs()) out["inputs"].push_back(s.graph.value(v).name + ": " + s.graph.type(v).text());
  for (ir::ValueId v : s.graph.outputs()) out["outputs"].push_back(s.graph.value(v).name + ": " + s.graph.type(v).text());
  return out;
}

Status check_cancelled(const CompileOptions& options) {
  const auto& cancelled = options.build.cancelled;
  return cancelled && *cancelled ? Status(Code::kCancelled, "the build was cancelled") : Status();
}

/// An executable and the engine that made it. A preferred engine that fails leaves this subgraph, and no other, to the last engine.
struct Made {
  std::shared_ptr<const engines::Executable> executable;
  const engines::Engine* engine = nullptr;
};

Result<Made> make_or_fall_back(ir::Graph graph, const engines::Engine& engine, const CompileOptions& options, Report& report) {
  TRY_ASSIGN(auto embedded, load_trt_node(graph, engine, options.build, report));
  if (embedded) return Made{std::move(embedded), &engine};
  const engines::Engine& last = *options.engines.back();
  if (&engine == &last) {
    TRY_ASSIGN(auto executable, make_executable(std::move(graph), engine, options, report));
    return Made{std::move(executable), &engine};
  }
  Stopwatch watch;
  auto preferred = make_executable(graph, engine, options, report);
  if (preferred.ok()) return Made{std::move(preferred).value(), &engine};
  TRY(check_cancelled(options));
  report["fallback"] = {{"from", engine.id()}, {"why", preferred.status().message()}, {"us", watch.lap()}};
  report["engine"] = last.id();
  TRY_ASSIGN(auto executable, make_executable(std::move(graph), last, options, report));
  return Made{std::move(executable), &last};
}

Result<std::vector<Step>> build_steps(std::vector<partition::Subgraph> subgraphs, const CompileOptions& options, SlotTable& slots, Report& report) {
  std::vector<Step> steps;
  const size_t count = subgraphs.size();
  for (size_t i = 0; i < count; ++i) {
    partition::Subgraph& s = subgraphs[i];
    const engines::Engine& engine = *options.engines[s.engine];
    CompileOptions own = options;
    const auto say = [&](double fraction, std::string_view step) {
      if (options.progress) options.progress({i + 1, count, fraction, std::string(step), engine.id()});
    };
    own.build.progress = say;
    TRY(check_cancelled(options));
    say(0, "build");
    Report entry = partition_report(s, engine);
    Step step;
    step.nodes = s.graph.living_nodes();
    step.inputs = slots.of_all(s.inputs);
    step.outputs = slots.of_all(s.outputs);
    auto made = make_or_fall_back(std::move(s.graph), engine, own, entry);
    if (!made.ok()) return std::move(made).status().with(str("subgraph ", i + 1, " of ", count, " (", engine.id(), ")"));
    step.engine = made->engine->id();
    step.executable = std::move(made->executable);
    note_precision(*step.executable, entry["precision"]);
    entry["steps"] = step.executable->steps();
    entry["evaluated"] = step.executable->evaluated_nodes();
    entry["constant_bytes"] = step.executable->constant_bytes();
    entry["workspace_bytes"] = step.executable->workspace_bytes();
    for (const auto& [name, value] : step.executable->details()) entry["details"].push_back({{"name", name}, {"value", value}});
    report["partitions"].push_back(std::move(entry));
    steps.push_back(std::move(step));
    say(1, "done");
  }
  return steps;
}

}  // namespace

Result<std::shared_ptr<const ExecutionPlan>> compile(ir::Graph graph, const CompileOptions& options, Report& report) {
  Stopwatch watch;
  if (options.from_plan_file) {
    TRY_ASSIGN(graph, resolve_trt_nodes(std::move(graph), options.engines, report));
  }
  TRY(check_limits(graph, options.limits));
  report["nodes_imported"] = graph.living_nodes();
  report["passes"] = Report::array();
  if (options.build.optimize && !options.from_plan_file) {
    auto passes = passes::optimize(graph, {.constants = options.constants});
    if (!passes.ok()) return std::move(passes).status();
    report["passes"] = passes_report(*passes);
  }
  report["stages"]["optimize_us"] = watch.lap();
  TRY_ASSIGN(partition::Assignment assignment, partition::assign(graph, options.engines));
  const std::vector<partition::Partition> waves = partition::make_waves(graph, assignment.engine_of);
  TRY_ASSIGN(auto subgraphs, partition::extract(graph, waves));
  report["stages"]["partition_us"] = watch.lap();
  report["partitions"] = Report::array();
  const std::vector<std::string> unmatched = passes::unmatched_names(graph, options.build.keep_fp32);

  SlotTable slots(graph);
  const std::vector<size_t> inputs = slots.of_all(graph.inputs());
  TRY_ASSIGN(std::vector<Step> steps, build_steps(std::move(subgraphs), options, slots, report));
  std::vector<std::string> ran_on(graph.node_count());
  for (size_t i = 0; i < waves.size(); ++i) {
    for (ir::NodeId node : waves[i].nodes) ran_on[node] = steps[i].engine;
  }
  report["precision"] = precision_summary(options.build, report["partitions"], unmatched);
  if (options.contracted) {
    TRY_ASSIGN(options.contracted->graph, contract(graph, waves, steps, *options.contracted->store));
  }
  report["nodes"] = nodes_report(graph, assignment, options, ran_on);
  const std::vector<size_t> outputs = slots.of_all(graph.outputs());
  auto plan = std::make_shared<const ExecutionPlan>(slots.take(), std::move(steps), inputs, outputs);
  report["stages"]["engines_us"] = watch.lap();
  report["arena_bytes"] = plan->arena_bytes();
  report["workspace_bytes"] = plan->workspace_bytes();
  report["constant_bytes"] = plan->constant_bytes();
  return std::shared_ptr<const ExecutionPlan>(std::move(plan));
}

}  // namespace mindird::plan
