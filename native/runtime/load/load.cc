// Loading a model: file → module → signature → plans → warm instances.
#include <algorithm>
#include <filesystem>

#include "base/event.h"
#include "base/guard.h"
#include "base/stopwatch.h"
#include "base/strings.h"
#include "engines/registry.h"
#include "runtime/file/model_source.h"
#include "runtime/file/signature_json.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"

namespace mindird::runtime {
namespace {

std::atomic<uint32_t> next_model_id{1};

/// Engines by name; "native" is the cpu engine with nothing optimised.
Status resolve_engines(const std::vector<std::string>& names, PlanRecipe& recipe) {
  for (const std::string& name : names) {
    const bool native = name == "native";
    const engines::Engine* engine = engines::EngineRegistry::instance().find(native ? "cpu" : name);
    if (!engine) {
      std::string known;
      for (const engines::Engine* e : engines::EngineRegistry::instance().all()) known += str(known.empty() ? "" : ", ", e->id());
      return unsupported(str("engine \"", name, "\" is not available, want one of ", known));
    }
    if (native) recipe.optimize = false;
    recipe.engines.push_back(engine);
  }
  if (recipe.engines.empty()) return unsupported("no engine given");
  return {};
}

/// Row counts to prepare plans for: the configured ones, or powers of two up to max_batch and max_batch itself.
std::vector<int64_t> bucket_rows(const LoadOptions& options) {
  std::vector<int64_t> out = options.buckets;
  if (out.empty()) {
    for (int64_t rows = 1; rows < options.max_batch; rows *= 2) out.push_back(rows);
  }
  std::erase_if(out, [&](int64_t rows) { return rows < 1 || rows > options.max_batch; });
  out.push_back(options.max_batch);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

Result<std::shared_ptr<Model>> Model::load(const LoadOptions& options) {
  std::string unable;
  auto loaded = attempt(options, unable);
  if (options.background && loaded.status().code() == Code::kUnsupported) {
    // The engines that build at once cannot: a plan file may hold an engine of a slow one and nothing else. That one is loaded in no time.
    LoadOptions whole = options;
    whole.background = false;
    return load(whole);
  }
  if (loaded.ok() || unable.empty()) return loaded;
  const std::string cause = loaded.status().message();
  LoadOptions rest = options;
  rest.engines = {options.engines.back()};
  log_event({Level::kWarn, "engine.fallback", {{"model", options.label}, {"engine", unable}, {"to", rest.engines.back()}, {"cause", cause}}});
  auto model = attempt(rest, unable);
  // Where the last engine cannot run the model at all, what failed first is what there is to mend.
  if (!model.ok()) return model.status().code() == Code::kUnsupported ? std::move(loaded) : std::move(model);
  (*model)->report_["fallback"] = {{"from", unable}, {"why", cause}};
  return model;
}

Result<std::shared_ptr<Model>> Model::attempt(const LoadOptions& options, std::string& unable) {
  auto model = std::shared_ptr<Model>(new Model(options, next_model_id++));
  std::vector<PlanShapes> wanted;
  Status status = guarded([&] { return model->prepare(wanted); });
  // What is open in it is the batch at most: all plans are there, or will be when the slow engines are.
  const bool complete = model->signature_.fixed || model->signature_.batched;
  if (complete && !model->slow_) model->module_ = nullptr;
  if (status.ok()) {
    status = model->start_instances();
    if (!status.ok()) unable = model->preferred_engine();
  }
  if (!status.ok()) {
    model->close();
    return std::move(status).with(options.label);
  }
  Host::instance().watch(model);
  if (model->slow_ && !wanted.empty()) {
    ++model->background_.open;
    model->build_slow_engines("", std::move(wanted));
  }
  if (complete) model->module_ = nullptr;
  return model;
}

std::string Model::preferred_engine() const {
  for (const PlanPtr& plan : plans_.all()) {
    for (const plan::PlanStep& step : plan->plan->steps()) {
      if (step.engine != recipe_.engines.back()->id()) return std::string(step.engine);
    }
  }
  return {};
}

Result<Model::Compiled> Model::compile_into(const LoadOptions& options, Collected& collected) {
  LoadOptions blocking = options;
  blocking.background = false;
  const std::shared_ptr<Model> model(new Model(std::move(blocking), next_model_id++));
  model->recipe_.collected = &collected;
  std::vector<PlanShapes> wanted;
  Status status = guarded([&] { return model->prepare(wanted); });
  if (status.ok() && model->recipe_.from_plan_file) status = unsupported("is a plan file already");
  if (status.ok() && !model->signature_.fixed && !model->signature_.batched) {
    status = unsupported(
        str("has open dimensions and is not batched (", model->signature_.why_not_batched, "): say for which shapes of its inputs the engines are built"));
  }
  // The label of what is no servable is the name of its file, which may be in front already.
  if (!status.ok()) return status.message().starts_with(options.label + ":") ? std::move(status) : std::move(status).with(options.label);
  Compiled out{model->signature_, std::string(engines::precision_name(model->recipe_.precision)), model->recipe_.keep_fp32, {}};
  for (const PlanPtr& plan : model->plans_.all()) out.reports.push_back(plan->report());
  std::reverse(out.reports.begin(), out.reports.end());
  return out;
}

/// What the file does besides computing results, and what is not done.
void Model::note_left_out() {
  report_["left_out"] = nlohmann::json::array();
  for (const std::string& note : module_->notes()) {
    report_["left_out"].push_back(note);
    log_event({Level::kInfo, "model.left_out", {{"model", options_.label}, {"cause", note}}});
  }
}

Status Model::prepare(std::vector<PlanShapes>& wanted) {
  Stopwatch watch;
  recipe_.label = options_.label;
  recipe_.file = std::filesystem::path(options_.path).filename().string();
  recipe_.threads = options_.threads > 0 ? options_.threads : Host::instance().default_threads();
  recipe_.packed = engines::make_packed_store();
  recipe_.constants = std::make_shared<passes::ConstantStore>();
  recipe_.limits = options_.limits;
  recipe_.precision = options_.precision;
  recipe_.keep_fp32 = options_.keep_fp32;
  recipe_.short_weights = options_.short_weights;
  TRY(resolve_engines(options_.engines, recipe_));

  TRY_ASSIGN(const ModelSource source, open_model(options_.path, options_.read));
  module_ = source.module;
  TRY(use_cache());
  recipe_.from_plan_file = source.planned.has_value();
  if (source.planned && options_.precision == engines::Precision::kOrigin) {
    recipe_.precision = engines::parse_precision(source.planned->precision).value_or(engines::Precision::kOrigin);
    recipe_.keep_fp32 = source.planned->keep_fp32;
  }
  if (source.planned) {
    recipe_.placeholder = source.planned->placeholder;
    recipe_.why_not_open = source.planned->why_not_open;
  }
  // Engines that come with the file are there at once.
  if (!engines_fit(source, recipe_.engines)) split_recipe();
  note_left_out();
  report_["stages"]["read_us"] = watch.lap();
  TRY_ASSIGN(signature_, signature_of(source, options_.output_names, options_.shapes));
  report_["stages"]["signature_us"] = watch.lap();
  if (signature_.fixed) {
    wanted.emplace_back();
    for (const TensorSpec& input : signature_.inputs) wanted[0].shapes.push_back(input.type.shape);
  } else if (signature_.batched) {
    const std::vector<int64_t> buckets = source.planned ? source.planned->buckets : bucket_rows(options_);
    // The largest bucket first: its choice of weight layouts serves the others.
    for (size_t i = buckets.size(); i-- > 0;) wanted.push_back({batch_shapes(signature_, buckets[i]), buckets[i]});
    policy_ = {std::min(options_.max_batch, buckets.back()), options_.max_queue_delay_us * 1000};
    report_["buckets"] = buckets;
  }
  TRY_ASSIGN(std::vector<PlanPtr> plans, build_plans(*module_, recipe_, wanted));
  for (PlanPtr& plan : plans) plans_.add_bucket(std::move(plan));
  report_["stages"]["compile_us"] = watch.lap();
  report_["signature"] = signature_json(signature_);
  return {};
}

/// Engines hold weights, packed or as they are: those of an encrypted model are written nowhere unless the configuration says so.
Status Model::use_cache() {
  if (module_->encrypted() && !options_.cache_encrypted) {
    constexpr std::string_view kWhy = "the model is encrypted, and model.cache_encrypted is not allow";
    if (recipe_.collected) return unsupported(str("a plan file would hold its weights in plain: ", kWhy));
    recipe_.why_no_cache = kWhy;
    return {};
  }
  if (options_.cache_directory.empty()) return {};
  recipe_.cache = std::make_shared<engines::EngineCache>(options_.cache_directory, options_.cache_bytes);
  recipe_.keep_folder = recipe_.cache->directory().string();
  return {};
}

Status Model::start_instances() {
  const int64_t begin = now_ns();
  const auto count = static_cast<size_t>(std::max(1, options_.instances));
  std::vector<Status> warmed(count);
  int started = 0;
  incoming_.resize(count);
  const Status begun = guarded([&]() -> Status {
    for (size_t i = 0; i < count; ++i) threads_.emplace_back([this, i, &warmed, &started] { instance_loop(i, &warmed[i], &started); });
    return {};
  });
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return started == static_cast<int>(threads_.size()); });
  }
  TRY(begun);
  for (Status& status : warmed) {
    if (!status.ok()) return std::move(status).with("warm-up");
  }
  add_device_lanes(plans_of(*plans_.buckets()));
  report_["stages"]["warm_up_us"] = (now_ns() - begin) / 1000;
  return {};
}

std::string Model::report() const {
  nlohmann::json out = report_;
  out["label"] = options_.label;
  out["file"] = options_.path;
  out["engines"] = options_.engines;
  out["threads"] = recipe_.threads;
  out["instances"] = options_.instances;
  out["engine_build"] = engine_build_json();
  out["plans"] = nlohmann::json::array();
  for (const PlanPtr& plan : plans_.all()) {
    out["plans"].push_back(plan->report());
    out["plans"].back()["rows"] = plan->rows;
  }
  // Every plan is of the same nodes; before the first one nothing has been decided.
  out["precision"] = {{"asked", engines::precision_name(options_.precision)}};
  if (!out["plans"].empty()) out["precision"] = out["plans"].front()["precision"];
  // What came of it depends on the number of rows: each plan says it.
  out["weights"] = {{"asked", recipe_.short_weights ? "16bit" : "full"}};
  const MemoryUse use = memory();
  out["memory"] = {{"constants", use.constants}, {"arenas", use.arenas}, {"packed", use.packed}};
  if (nlohmann::json devices = devices_json(); !devices.empty()) {
    out["devices"] = std::move(devices);
    out["memory"]["device"] = use.device;
  }
  if (nlohmann::json latency = latency_json(); !latency.is_null()) out["latency"] = std::move(latency);
  if (std::string why = failure(); !why.empty()) out["failure"] = std::move(why);
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace mindird::runtime
