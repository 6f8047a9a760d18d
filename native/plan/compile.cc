#include "plan/compile.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/stopwatch.h"
#include "base/strings.h"
#include "engines/border_types.h"
#include "engines/traits.h"
#include "passes/precision.h"
#include "plan/control_step.h"
#include "plan/load_cached.h"
#include "plan/narrow_borders.h"
#include "plan/plugin_nodes.h"
#include "plan/subgraph_precision.h"
#include "plan/prepared.h"
#include "plan/symbolic_batch.h"
#include "plan/engine_nodes.h"

namespace mindird::plan {
namespace {

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

std::string threads_key(const engines::Engine& engine, const engines::BuildOptions& build) {
  return engines::traits(engine).uses_host_threads() ? str("threads=", build.threads, ',') : "";
}

/// With profiles the entry is the same for all buckets: the symbolic subgraph and the batch sizes stand for the graph.
engines::CacheKey cache_key(const ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& build) {
  std::string options = str(threads_key(engine, build), "optimize=", build.optimize ? 1 : 0, precision_key(build));
  if (build.profiles) {
    options += str(",placeholder=", build.profiles->placeholder, ",rows=");
    for (int64_t rows : build.profiles->rows) options += str(rows, ' ');
  }
  return {ir::hash(build.profiles ? *build.profiles->symbolic : graph), std::string(engine.id()), engine.fingerprint(), std::move(options)};
}

/// The engine of another batch size, serialised and loaded for this one; null when that fails.
std::shared_ptr<const engines::Executable> taken_from(const engines::Executable& other, const ir::Graph& graph, const engines::Engine& engine,
                                                      const engines::BuildOptions& build, Report& report) {
  Stopwatch watch;
  auto bytes = other.serialize();
  if (!bytes.ok()) return nullptr;
  auto loaded = engine.load(graph, *bytes, build);
  if (!loaded.ok()) return nullptr;
  report["cache"] = {{"result", "disabled"}, {"reason", "taken from another batch size"}};
  report["load_us"] = watch.lap();
  return std::move(loaded).value();
}

/// The subgraph, and that of all batch sizes with it, with f16 at its borders where that can be.
Result<ir::Graph> narrowed(const ir::Graph& graph, const Narrowable& which, engines::BuildOptions& build) {
  if (build.profiles) {
    engines::BatchProfiles profiles = *build.profiles;
    TRY_ASSIGN(ir::Graph symbolic, narrow_borders(*profiles.symbolic, which));
    profiles.symbolic = std::make_shared<const ir::Graph>(std::move(symbolic));
    build.profiles = std::make_shared<const engines::BatchProfiles>(std::move(profiles));
  }
  return narrow_borders(graph, which);
}

/// One subgraph through the cache or the engine's builder. A damaged or refused cache entry is rebuilt; the report says so. `other`, when given, is of
/// the same profiles at another batch size and serves instead of a cache.
Result<std::shared_ptr<const engines::Executable>> make_executable(ir::Graph graph, const engines::Engine& engine, CompileOptions options, Report& report,
                                                                   const engines::Executable* other = nullptr) {
  Stopwatch watch;
  TRY_ASSIGN(graph, in_precision(std::move(graph), engine, options, report["precision"]));
  if (options.narrowable && engines::traits(engine).wants_half_borders()) {
    TRY_ASSIGN(graph, narrowed(graph, *options.narrowable, options.build));
  }
  std::shared_ptr<const engines::Executable> out;
  const bool cached = options.cache && options.cache->disabled_reason().empty();
  if (other && !cached && (out = taken_from(*other, graph, engine, options.build, report))) return out;
  if (!options.cache) {
    report["cache"] = {{"result", "disabled"}, {"reason", options.why_no_cache}};
    TRY_ASSIGN(out, engine.build(std::move(graph), options.build));
    report["build_us"] = watch.lap();
    return out;
  }
  const engines::CacheKey key = cache_key(graph, engine, options.build);
  const auto lock = options.cache->lock(key);
  const Cached found = load_cached(graph, engine, options.build, *options.cache, key);
  if (found.executable) {
    report["cache"] = {{"result", "hit"}, {"reason", ""}, {"key", key.hash().hex()}, {"bytes", found.bytes}};
    report["load_us"] = watch.lap();
    return found.executable;
  }
  TRY_ASSIGN(out, engine.build(std::move(graph), options.build));
  report["build_us"] = watch.lap();
  report["cache"] = {{"result", engines::cache_result_name(found.result)}, {"reason", found.reason}, {"key", key.hash().hex()}};
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
  /// The slot's tensor is of a lower type than the graph says.
  void narrow(size_t slot, DType dtype) { slots_[slot].outside = std::exchange(slots_[slot].type.dtype, dtype); }
  DType dtype(size_t slot) const { return slots_[slot].type.dtype; }
  std::vector<PlanSlot> take() { return std::move(slots_); }

 private:
  const ir::Graph& graph_;
  std::vector<PlanSlot> slots_;
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

/// Failures on nodes after which the graph is partitioned again; the next one leaves its subgraph to the last engine.
constexpr size_t kMostFailed = 8;

/// Notes the node that a preferred engine failed on; false when there is none that another partition would do without.
bool note_failed(const ir::Graph& graph, size_t engine, const CompileOptions& options, const Status& failure, std::vector<partition::Failed>& failed) {
  auto name = engines::failed_node(failure);
  if (!name || failed.size() >= kMostFailed || options.from_plan_file) return false;
  const std::vector<ir::NodeId> nodes = graph.topological_order();
  if (std::none_of(nodes.begin(), nodes.end(), [&](ir::NodeId n) { return name->names(graph.node(n)); })) return false;
  failed.push_back({engine, *std::move(name), failure.message()});
  return true;
}

/// An executable and the engine that made it. A preferred engine that fails leaves this subgraph, and no other, to the last engine.
struct Made {
  std::shared_ptr<const engines::Executable> executable;
  const engines::Engine* engine = nullptr;
};

/// A subgraph's place among all, and its engine's among the engines.
struct Place {
  size_t index;
  size_t count;
  size_t engine;
};

/// One executable for all buckets where the engine and the subgraph allow it; else, and when that cannot be built, one for this bucket alone.
Result<std::shared_ptr<const engines::Executable>> make_with_profiles(const ir::Graph& graph, const engines::Engine& engine, const CompileOptions& options,
                                                                      const Place& place, Report& report) {
  if (!options.symbolic || !engine.uses_profiles()) return make_executable(graph, engine, options, report);
  ProfileChoice choice = choose_profiles(options, place.index, place.count, place.engine, graph);
  if (choice.profiles) {
    CompileOptions shared = options;
    shared.build.profiles = choice.profiles;
    shared.build.rows = options.rows;
    SymbolicBatch::Part& part = options.symbolic->parts[place.index];
    const auto other = part.built.lock();
    auto made = make_executable(graph, engine, shared, report, other.get());
    if (made.ok()) {
      part.built = *made;
      report["profiles"] = {{"rows", choice.profiles->rows}, {"used", options.rows}, {"why_not", ""}};
      return made;
    }
    TRY(check_cancelled(options));
    choice.why = part.failed = made.status().message();
  }
  report["profiles"] = {{"rows", Report::array()}, {"used", 0}, {"why_not", choice.why}};
  return make_executable(graph, engine, options, report);
}

/// An error with one more entry in `failed`: the graph is to be partitioned again.
Result<Made> make_or_fall_back(ir::Graph graph, const engines::Engine& engine, const CompileOptions& options, const Place& place,
                               std::vector<partition::Failed>& failed, Report& report) {
  if (control_node(graph) != ir::kNone) {
    TRY_ASSIGN(auto control, compile_control(graph, options, report));
    return Made{std::move(control), &engine};
  }
  TRY_ASSIGN(auto embedded, load_engine_node(graph, engine, options.build, report));
  if (embedded) return Made{std::move(embedded), &engine};
  const engines::Engine& last = *options.engines.back();
  if (&engine == &last) {
    TRY_ASSIGN(auto executable, make_with_profiles(graph, engine, options, place, report));
    return Made{std::move(executable), &engine};
  }
  Stopwatch watch;
  auto preferred = make_with_profiles(graph, engine, options, place, report);
  if (preferred.ok()) return Made{std::move(preferred).value(), &engine};
  TRY(check_cancelled(options));
  if (has_plugins(graph) || note_failed(graph, place.engine, options, preferred.status(), failed)) return std::move(preferred).status();
  report["fallback"] = {{"from", engine.id()}, {"why", preferred.status().message()}, {"us", watch.lap()}};
  report["engine"] = last.id();
  TRY_ASSIGN(auto executable, make_executable(std::move(graph), last, options, report));
  return Made{std::move(executable), &last};
}

/// Gives the slots of a step the types that its executable has at its borders.
Status take_border_types(const PlanStep& step, const Narrowable& which, SlotTable& slots, Report& report) {
  const auto* types = dynamic_cast<const engines::BorderTypes*>(step.executable.get());
  if (!types) return {};
  const auto take = [&](std::span<const size_t> own, const std::vector<bool>& may, const char* kind, const auto& dtype_of) -> Status {
    for (size_t i = 0; i < own.size(); ++i) {
      const DType dtype = dtype_of(i);
      if (dtype == slots.dtype(own[i])) continue;
      if (i >= may.size() || !may[i])
        return {Code::kEngineFailed, str(kind, " ", i, " of the engine is ", dtype_name(dtype), ", want ", dtype_name(slots.dtype(own[i])))};
      slots.narrow(own[i], dtype);
      report["half_borders"].push_back(str(kind, " ", i));
    }
    return {};
  };
  TRY(take(step.inputs, which.inputs, "input", [&](size_t i) { return types->input_dtype(i); }));
  return take(step.outputs, which.outputs, "output", [&](size_t i) { return types->output_dtype(i); });
}

Result<std::vector<PlanStep>> build_steps(const ir::Graph& graph, std::vector<partition::Subgraph> subgraphs, const CompileOptions& options, SlotTable& slots,
                                          std::vector<partition::Failed>& failed, Report& report) {
  std::vector<PlanStep> steps;
  const size_t count = subgraphs.size();
  const std::vector<Narrowable> narrow = options.narrow_borders ? narrowable(graph, subgraphs) : std::vector<Narrowable>(count);
  for (size_t i = 0; i < count; ++i) {
    partition::Subgraph& s = subgraphs[i];
    const engines::Engine& engine = *options.engines[s.engine];
    CompileOptions own = options;
    const auto say = [&](double fraction, std::string_view step) {
      if (options.progress) options.progress({i + 1, count, fraction, std::string(step), engine.id()});
    };
    own.build.progress = say;
    if (options.narrow_borders) own.narrowable = &narrow[i];
    TRY(check_cancelled(options));
    say(0, "build");
    Report entry = partition_report(s, engine);
    PlanStep step;
    step.nodes = s.graph.living_nodes();
    step.inputs = slots.of_all(s.inputs);
    step.outputs = slots.of_all(s.outputs);
    auto made = make_or_fall_back(std::move(s.graph), engine, own, {i, count, s.engine}, failed, entry);
    if (!made.ok()) return std::move(made).status().with(str("subgraph ", i + 1, " of ", count, " (", engine.id(), ")"));
    step.engine = made->engine->id();
    step.executable = std::move(made->executable);
    TRY(take_border_types(step, narrow[i], slots, entry));
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

/// The steps of a plan with the slots they use.
struct Built {
  SlotTable slots;
  std::vector<size_t> inputs;
  std::vector<PlanStep> steps;
};

/// Builds all subgraphs; a node that an engine fails on goes to another, and the graph is partitioned anew.
Result<Built> build_all(Prepared& prepared, const CompileOptions& options, Report& report) {
  std::vector<partition::Failed> failed;
  for (;;) {
    report["partitions"] = Report::array();
    Built out{SlotTable(prepared.graph), {}, {}};
    out.inputs = out.slots.of_all(prepared.graph.inputs());
    const size_t before = failed.size();
    auto steps = build_steps(prepared.graph, std::move(prepared.subgraphs), options, out.slots, failed, report);
    if (steps.ok()) {
      out.steps = std::move(steps).value();
      return out;
    }
    if (failed.size() == before) return std::move(steps).status();
    TRY(partition_again(prepared, options, failed));
  }
}

}  // namespace

Result<std::shared_ptr<const ExecutionPlan>> compile(ir::Graph graph, const CompileOptions& options, Report& report) {
  TRY_ASSIGN(Prepared prepared, prepare(std::move(graph), options, report));
  TRY(check_plugins(prepared.graph, prepared.assignment, options.engines));
  Stopwatch watch;
  const std::vector<std::string> unmatched = passes::unmatched_names(prepared.graph, options.build.keep_fp32);
  TRY_ASSIGN(Built built, build_all(prepared, options, report));
  std::vector<PlanStep>& steps = built.steps;
  std::vector<std::string> ran_on(prepared.graph.node_count());
  for (size_t i = 0; i < prepared.waves.size(); ++i) {
    for (ir::NodeId node : prepared.waves[i].nodes) ran_on[node] = steps[i].engine;
  }
  report["precision"] = precision_summary(options.build, report["partitions"], unmatched);
  report["weights"] = weights_summary(options.build, report["partitions"]);
  if (options.contracted) {
    TRY_ASSIGN(options.contracted->graph, contract(prepared.graph, prepared.waves, steps, options.engines, report["partitions"], *options.contracted->store));
  }
  report["nodes"] = nodes_report(prepared.graph, prepared.assignment, options, ran_on);
  const std::vector<size_t> outputs = built.slots.of_all(prepared.graph.outputs());
  auto plan = std::make_shared<const ExecutionPlan>(built.slots.take(), std::move(steps), built.inputs, outputs, options.keep_inputs);
  report["stages"]["engines_us"] = watch.lap();
  report["arena_bytes"] = plan->arena_bytes();
  report["workspace_bytes"] = plan->workspace_bytes();
  report["constant_bytes"] = plan->constant_bytes();
  return std::shared_ptr<const ExecutionPlan>(std::move(plan));
}

}  // namespace mindird::plan
