#include "runtime/load/prepare.h"

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
#include "runtime/serve/upgrade.h"

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

/// What the file does besides computing results, and what is not done.
void note_left_out(const Loaded& loaded, nlohmann::json& report) {
  report["left_out"] = nlohmann::json::array();
  for (const std::string& note : loaded.module->notes()) {
    report["left_out"].push_back(note);
    log_event({Level::kInfo, "model.left_out", {{"model", loaded.options.label}, {"cause", note}}});
  }
}

/// Engines hold weights, packed or as they are: those of an encrypted model are written nowhere unless the configuration says so.
Status use_cache(Loaded& loaded) {
  const LoadOptions& options = loaded.options;
  PlanRecipe& recipe = loaded.recipe;
  if (loaded.module->encrypted() && !options.cache_encrypted) {
    constexpr std::string_view kWhy = "the model is encrypted, and model.cache_encrypted is not allow";
    if (recipe.collected) return unsupported(str("a plan file would hold its weights in plain: ", kWhy));
    recipe.why_no_cache = kWhy;
    return {};
  }
  if (options.cache_directory.empty()) return {};
  recipe.cache = std::make_shared<engines::EngineCache>(options.cache_directory, options.cache_bytes);
  recipe.keep_folder = recipe.cache->directory().string();
  return {};
}

Result<PlanRecipe> make_recipe(const LoadOptions& options, Collected* collected) {
  PlanRecipe recipe;
  recipe.label = options.label;
  recipe.file = std::filesystem::path(options.path).filename().string();
  recipe.threads = options.threads > 0 ? options.threads : Host::instance().default_threads();
  recipe.packed = engines::make_packed_store();
  recipe.constants = std::make_shared<passes::ConstantStore>();
  recipe.limits = options.limits;
  recipe.precision = options.precision;
  recipe.keep_fp32 = options.keep_fp32;
  recipe.short_weights = options.short_weights;
  recipe.collected = collected;
  TRY(resolve_engines(options.engines, recipe));
  return recipe;
}

/// What a plan file decides.
void take_from(const std::optional<Planned>& planned, const LoadOptions& options, PlanRecipe& recipe) {
  recipe.from_plan_file = planned.has_value();
  if (!planned) return;
  if (options.precision == engines::Precision::kOrigin) {
    recipe.precision = engines::parse_precision(planned->precision).value_or(engines::Precision::kOrigin);
    recipe.keep_fp32 = planned->keep_fp32;
  }
  recipe.placeholder = planned->placeholder;
  recipe.why_not_open = planned->why_not_open;
}

/// The shapes to make plans for, and what batches may be.
std::vector<PlanShapes> wanted_shapes(const std::optional<Planned>& planned, Loaded& loaded, nlohmann::json& report) {
  std::vector<PlanShapes> wanted;
  const LoadOptions& options = loaded.options;
  if (loaded.signature.fixed) {
    wanted.emplace_back();
    for (const TensorSpec& input : loaded.signature.inputs) wanted[0].shapes.push_back(input.type.shape);
  } else if (loaded.signature.batched) {
    const std::vector<int64_t> buckets = planned ? planned->buckets : bucket_rows(options);
    // The largest bucket first: its choice of weight layouts serves the others.
    for (size_t i = buckets.size(); i-- > 0;) wanted.push_back({batch_shapes(loaded.signature, buckets[i]), buckets[i]});
    loaded.policy = {std::min(options.max_batch, buckets.back()), options.max_queue_delay_us * 1000};
    report["buckets"] = buckets;
  }
  return wanted;
}

Result<Prepared> prepare_all(const LoadOptions& options, Collected* collected) {
  Stopwatch watch;
  Prepared out;
  Loaded& loaded = out.loaded;
  loaded.options = options;
  loaded.id = next_model_id++;
  out.cancelled = std::make_shared<std::atomic<bool>>(false);
  loaded.cancelled = out.cancelled;
  TRY_ASSIGN(loaded.recipe, make_recipe(options, collected));
  TRY_ASSIGN(const ModelSource source, open_model(options.path, options.read));
  loaded.module = source.module;
  TRY(use_cache(loaded));
  take_from(source.planned, options, loaded.recipe);
  // Engines that come with the file are there at once.
  if (options.background && !engines_fit(source, loaded.recipe.engines)) loaded.slow = split_recipe(loaded.recipe, out.cancelled);
  note_left_out(loaded, out.report);
  out.report["stages"]["read_us"] = watch.lap();
  TRY_ASSIGN(loaded.signature, signature_of(source, options.output_names, options.shapes));
  out.report["stages"]["signature_us"] = watch.lap();
  out.wanted = wanted_shapes(source.planned, loaded, out.report);
  TRY_ASSIGN(out.plans, build_plans(*loaded.module, loaded.recipe, out.wanted));
  out.report["stages"]["compile_us"] = watch.lap();
  out.report["signature"] = signature_json(loaded.signature);
  out.packed = std::exchange(loaded.recipe.packed, nullptr);
  return out;
}

}  // namespace

Result<Prepared> prepare(const LoadOptions& options, Collected* collected) {
  return guarded([&] { return prepare_all(options, collected); });
}

}  // namespace mindird::runtime
