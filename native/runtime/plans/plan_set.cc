#include "runtime/plans/plan_set.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/event.h"
#include "base/strings.h"
#include "plan/batch_match.h"
#include "plan/symbolic_batch.h"
#include "runtime/plans/build_progress.h"

namespace mindird::runtime {
namespace {

/// One event per EngineNode of a plan file, a warning where its engine is of no use here, with what differs.
void log_embedded(const std::string& label, const nlohmann::json& report) {
  const auto say = [&](const nlohmann::json& e) {
    const bool used = e.value("used", false);
    Event event{used ? Level::kInfo : Level::kWarn,
                used ? "engine.embedded.used" : "engine.embedded.unused",
                {{"model", label}, {"node", e.value("node", "")}, {"made", e.value("made", "")}}};
    if (!used) event.fields.emplace_back("cause", e.value("why", ""));
    log_event(std::move(event));
  };
  // Those not taken first; those taken say at their subgraph whether they could be loaded.
  if (report.contains("embedded")) {
    for (const auto& e : report["embedded"]) {
      if (!e.value("used", false)) say(e);
    }
  }
  for (const auto& p : report["partitions"]) {
    if (p.contains("embedded")) say(p["embedded"]);
  }
}

/// One event per subgraph: engine.cache.hit, .miss, .invalid or .disabled.
void log_cache_results(const std::string& label, const nlohmann::json& report) {
  for (const auto& p : report["partitions"]) {
    const std::string result = p["cache"].value("result", "disabled");
    if (result == "embedded") continue;
    const Level level = result == "invalid" ? Level::kWarn : result == "disabled" ? Level::kDebug : Level::kInfo;
    const int64_t us = p.contains("build_us") ? p["build_us"].get<int64_t>() : p.value("load_us", int64_t{0});
    log_event(
        {level,
         "engine.cache." + result,
         {{"model", label}, {"engine", p.value("engine", "")}, {"cause", p["cache"].value("reason", "")}, {"duration_ms", static_cast<double>(us) / 1e3}}});
    const std::string unstored = p["cache"].value("stored", "");
    if (!unstored.empty()) log_event({Level::kWarn, "engine.cache.unwritable", {{"model", label}, {"cause", unstored}}});
  }
}

/// What a precision other than the model's own came to: with every engine, and the count of nodes that stay in fp32.
void log_precision(const std::string& label, const nlohmann::json& report) {
  const nlohmann::json& p = report["precision"];
  const auto joined = [](const nlohmann::json& list, const auto& text) {
    std::string out;
    for (const auto& [key, value] : list.items()) out += (out.empty() ? "" : ", ") + text(key, value);
    return out;
  };
  const std::string used =
      joined(p["used"], [](const std::string& engine, const nlohmann::json& precision) { return engine + ": " + precision.get<std::string>(); });
  const std::string unmatched = joined(p["unmatched"], [](const std::string&, const nlohmann::json& entry) { return entry.get<std::string>(); });
  Event event{Level::kInfo,
              "model.precision",
              {{"model", label}, {"precision", p.value("asked", "")}, {"used", used}, {"count", static_cast<double>(p["kept"].size())}}};
  if (!unmatched.empty()) {
    event.level = Level::kWarn;
    event.fields.emplace_back("cause", "keep_fp32 names no node or operator: " + unmatched);
  }
  log_event(std::move(event));
}

/// One event per attempt of an engine at a subgraph, what came from the cache apart.
void log_builds(const std::string& label, const nlohmann::json& report) {
  const auto say = [&](const std::string& engine, const char* result, int64_t us) {
    log_event({Level::kDebug, "engine.build", {{"model", label}, {"engine", engine}, {"result", result}, {"duration_ms", static_cast<double>(us) / 1e3}}});
  };
  for (const auto& p : report["partitions"]) {
    if (p.contains("fallback")) say(p["fallback"].value("from", ""), "failed", p["fallback"].value("us", int64_t{0}));
    if (p.contains("build_us")) say(p.value("engine", ""), "built", p["build_us"].get<int64_t>());
  }
}

/// What every plan of the model is compiled with.
plan::CompileOptions compile_options(const PlanRecipe& recipe) {
  plan::CompileOptions options;
  options.engines = recipe.engines;
  options.build.threads = recipe.threads;
  options.build.optimize = recipe.optimize;
  options.build.packed = recipe.packed;
  options.build.precision = recipe.precision;
  options.build.keep_fp32 = recipe.keep_fp32;
  options.build.short_weights = recipe.short_weights;
  options.cache = recipe.cache.get();
  options.why_no_cache = recipe.why_no_cache;
  options.constants = recipe.constants;
  options.limits = recipe.limits;
  options.build.cancelled = recipe.cancelled;
  options.build.keep_folder = recipe.keep_folder;
  options.narrow_borders = true;
  return options;
}

/// For engines that make one executable for all buckets, and for plan files; null where there are no batches, or none of either.
std::shared_ptr<plan::SymbolicBatch> symbolic_batch(const mindir::Module& module, const PlanRecipe& recipe, std::span<const PlanShapes> wanted) {
  const auto& engines = recipe.engines;
  const bool of_use = std::any_of(engines.begin(), engines.end(), [](const engines::Engine* e) { return e->uses_profiles(); });
  const size_t least = recipe.collected ? 1 : 2;
  if (!of_use || !recipe.optimize || wanted.size() < least || wanted[0].rows == 0) return nullptr;
  std::vector<int64_t> rows;
  for (const PlanShapes& one : wanted) rows.push_back(one.rows);
  std::sort(rows.begin(), rows.end());
  if (recipe.from_plan_file && recipe.placeholder == 0) {
    auto closed = std::make_shared<plan::SymbolicBatch>();
    closed->why = recipe.why_not_open;
    return closed;
  }
  const auto lower = [&module, first = wanted[0].shapes](int64_t batch) {
    std::vector<Shape> shapes = first;
    for (Shape& shape : shapes) shape[0] = batch;
    return module.lower(shapes);
  };
  plan::CompileOptions options = compile_options(recipe);
  options.from_plan_file = recipe.from_plan_file;
  return plan::make_symbolic_batch(lower, std::move(rows), options, recipe.placeholder);
}

/// The graph at the placeholder, for a plan file, if it is that of the largest bucket but for the batch size.
plan::OpenGraph open_graph(plan::SymbolicBatch& batch, const std::vector<Shape>& largest_shapes, const ir::Graph& largest) {
  batch.fill();
  if (!batch.graph) return {{}, batch.why};
  const int64_t rows = batch.rows.back();
  const auto expanded = plan::inline_bodies(largest, plan::engine_nodes_of(largest));
  if (!expanded.ok()) return {{}, expanded.status().message()};
  if (auto difference = plan::batch_difference(*batch.graph, batch.placeholder, *expanded, rows)) return {{}, std::move(*difference)};
  std::vector<Shape> shapes = largest_shapes;
  for (Shape& shape : shapes) shape[0] = batch.placeholder;
  return {plan::PlanFileGraph{batch.placeholder, std::move(shapes), batch.graph->clone()}, {}};
}

/// Compiles for one set of shapes.
Result<PlanPtr> build_plan(const mindir::Module& module, const PlanRecipe& recipe, PlanShapes wanted, const std::shared_ptr<plan::SymbolicBatch>& symbolic,
                           BuildProgress& progress) {
  const int64_t begin = now_ns();
  auto entry = std::make_shared<PlanEntry>();
  nlohmann::json report;
  TRY_ASSIGN(ir::Graph graph, module.lower(wanted.shapes));
  report["shapes"] = shapes_key(wanted.shapes);
  report["stages"]["lower_us"] = (now_ns() - begin) / 1000;
  entry->shapes = std::move(wanted.shapes);
  entry->rows = wanted.rows;
  entry->threads = recipe.threads;
  entry->loop_steps = recipe.limits.loop_steps;
  plan::CompileOptions options = compile_options(recipe);
  // For one bucket alone there is nothing to share.
  if (symbolic && symbolic->rows.size() != 1) options.symbolic = symbolic;
  options.rows = wanted.rows;
  progress.next_plan();
  options.progress = [&](const plan::CompileProgress& p) { progress.report(p); };
  options.from_plan_file = recipe.from_plan_file;
  plan::Contracted contracted;
  if (recipe.collected) {
    contracted.store = &recipe.collected->store;
    options.contracted = &contracted;
  }
  TRY_ASSIGN(entry->plan, plan::compile(std::move(graph), options, report).with(recipe.file));
  if (recipe.collected) recipe.collected->graphs.push_back({entry->rows, entry->shapes, std::move(contracted.graph)});
  log_embedded(recipe.label, report);
  log_cache_results(recipe.label, report);
  log_builds(recipe.label, report);
  if (!recipe.background) log_fallbacks(recipe.label, report);
  if (recipe.precision != engines::Precision::kOrigin) std::call_once(*recipe.precision_logged, log_precision, recipe.label, report);
  entry->report_text = report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return PlanPtr(std::move(entry));
}

}  // namespace

PlanRecipe PlanRecipe::for_request() const {
  PlanRecipe out = *this;
  out.cache = nullptr;
  out.why_no_cache = "made for a request, and kept in memory alone";
  return out;
}

void log_fallbacks(const std::string& label, const nlohmann::json& report) {
  for (const auto& p : report["partitions"]) {
    if (!p.contains("fallback")) continue;
    log_event({Level::kWarn,
               "engine.fallback",
               {{"model", label}, {"engine", p["fallback"].value("from", "")}, {"to", p.value("engine", "")}, {"cause", p["fallback"].value("why", "")}}});
  }
}

std::string shapes_key(std::span<const Shape> shapes) {
  std::string out = "[";
  for (size_t i = 0; i < shapes.size(); ++i) append_to(out, str(i ? "," : "", shapes[i].text()));
  return out + "]";
}

Result<std::vector<PlanPtr>> build_plans(const mindir::Module& module, const PlanRecipe& recipe, std::span<const PlanShapes> wanted) {
  std::vector<PlanPtr> out;
  BuildProgress progress(recipe.label, wanted.size(), recipe.background);
  const auto symbolic = symbolic_batch(module, recipe, wanted);
  for (const PlanShapes& one : wanted) {
    TRY_ASSIGN(PlanPtr plan, build_plan(module, recipe, one, symbolic, progress));
    out.push_back(std::move(plan));
  }
  // The cache has it, and the plans of the other buckets have taken what they share.
  for (const PlanPtr& plan : out) plan->plan->release_serialized();
  if (recipe.collected && symbolic) recipe.collected->open = open_graph(*symbolic, wanted[0].shapes, recipe.collected->graphs.front().graph);
  return out;
}

std::vector<PlanPtr> plans_of(const Buckets& buckets) {
  std::vector<PlanPtr> out;
  for (const auto& [rows, plan] : buckets) out.push_back(plan);
  return out;
}

PlanPtr bucket_for(const Buckets& buckets, int64_t rows) {
  if (const auto fixed = buckets.find(0); fixed != buckets.end()) return fixed->second;
  const auto it = buckets.lower_bound(rows);
  return it == buckets.end() ? nullptr : it->second;
}

void PlanSet::add_bucket(PlanPtr plan) {
  const std::lock_guard lock(mutex_);
  auto fresh = std::make_shared<Buckets>(*buckets_);
  (*fresh)[plan->rows] = std::move(plan);
  buckets_ = std::move(fresh);
}

void PlanSet::replace_buckets(std::span<const PlanPtr> plans) {
  auto fresh = std::make_shared<Buckets>();
  for (const PlanPtr& plan : plans) (*fresh)[plan->rows] = plan;
  const std::lock_guard lock(mutex_);
  for (const auto& [rows, plan] : *buckets_) plan->evicted = true;
  buckets_ = std::move(fresh);
}

std::shared_ptr<const Buckets> PlanSet::buckets() const {
  const std::lock_guard lock(mutex_);
  return buckets_;
}

int64_t PlanSet::largest_bucket() const {
  const std::lock_guard lock(mutex_);
  return buckets_->empty() ? 0 : buckets_->rbegin()->first;
}

PlanPtr PlanSet::find_exact(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(exact_.begin(), exact_.end(), [&](const auto& e) { return e.first == key; });
  if (it == exact_.end()) return nullptr;
  exact_.splice(exact_.begin(), exact_, it);
  return it->second;
}

void PlanSet::add_exact(const std::string& key, PlanPtr plan) {
  const std::lock_guard lock(mutex_);
  exact_.emplace_front(key, std::move(plan));
  while (exact_.size() > std::max<size_t>(most_exact_, 1)) {
    exact_.back().second->evicted = true;
    exact_.pop_back();
  }
}

bool PlanSet::has_exact(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(exact_.begin(), exact_.end(), [&](const auto& e) { return e.first == key; });
}

PlanPtr PlanSet::replace_exact(const std::string& key, PlanPtr plan) {
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(exact_.begin(), exact_.end(), [&](const auto& e) { return e.first == key; });
  if (it == exact_.end()) return nullptr;
  it->second->evicted = true;
  return std::exchange(it->second, std::move(plan));
}

std::vector<PlanPtr> PlanSet::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<PlanPtr> out = plans_of(*buckets_);
  for (const auto& [key, plan] : exact_) out.push_back(plan);
  return out;
}

}  // namespace mindird::runtime
