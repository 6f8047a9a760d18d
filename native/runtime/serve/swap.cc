// Slow engines in the background. A model that is asked to is loaded with the engines that build at once and serves; the plans with all engines
// are built on the background builder and then take the place of the first ones:
//
//   background builder   build ──► contexts made and warmed, memory and all, for each instance ──► swap, under the model's lock
//   instance threads     ─ batch (old plan) ── batch (old) ─────────────────────────────────────── batch (new) ── …
//
// No request waits for a build or pays for a context, and one that runs when the swap comes ends on the plan it began with. The same happens to
// every exact-shape plan. A job holds no model: when the model is closed meanwhile, its result goes nowhere.
#include <algorithm>

#include "base/clock.h"
#include "base/event.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"

namespace mindird::runtime {
namespace {

std::string names_of_slow(const PlanRecipe& recipe) {
  std::string out;
  for (const engines::Engine* engine : recipe.engines) {
    if (engine->builds_slowly()) out += str(out.empty() ? "" : ",", engine->id());
  }
  return out;
}

bool runs_on_slow(const PlanEntry& plan, const PlanRecipe& recipe) {
  const auto steps = plan.plan->steps();
  return std::any_of(steps.begin(), steps.end(), [&](const plan::PlanStep& step) {
    return std::any_of(recipe.engines.begin(), recipe.engines.end(), [&](const auto* e) { return e->builds_slowly() && e->id() == step.engine; });
  });
}

/// Why a plan that was compiled for slow engines runs on none.
std::string why_not(const nlohmann::json& report) {
  for (const auto& p : report["partitions"]) {
    if (p.contains("fallback")) return p["fallback"].value("why", "");
  }
  for (const auto& node : report["nodes"]) {
    for (const auto& refused : node["refused"]) return str("node \"", node.value("node", ""), "\": ", refused.value("why", ""));
  }
  return "no node is one for it";
}

}  // namespace

void Model::split_recipe() {
  const auto slow = [](const engines::Engine* engine) { return engine->builds_slowly(); };
  const auto& all = recipe_.engines;
  // The last engine takes every node, so what is left must still end with it.
  if (!options_.background || slow(all.back()) || std::none_of(all.begin(), all.end(), slow)) return;
  auto complete = std::make_shared<PlanRecipe>(recipe_);
  complete->packed = engines::make_packed_store();
  complete->precision_logged = std::make_shared<std::once_flag>();
  complete->background = true;
  complete->cancelled = cancelled_;
  slow_ = std::move(complete);
  std::erase_if(recipe_.engines, slow);
}

void Model::build_slow_engines(const std::string& key, std::vector<PlanShapes> wanted) {
  Host::instance().build_in_background([weak = weak_from_this(), key, wanted = std::move(wanted), module = module_,
                                        recipe = key.empty() ? slow_ : std::make_shared<const PlanRecipe>(slow_->for_request())] {
    if (*recipe->cancelled) return;
    if (const auto model = weak.lock(); model && !key.empty() && !model->plans_.has_exact(key)) {
      const std::lock_guard lock(model->mutex_);
      --model->background_.open;
      return;
    }
    log_event({Level::kInfo,
               "engine.build.background.started",
               {{"model", recipe->label}, {"engine", names_of_slow(*recipe)}, {"count", static_cast<double>(wanted.size())}}});
    const int64_t begin = now_ns();
    auto built = guarded([&] { return build_plans(*module, *recipe, wanted); });
    if (const auto model = weak.lock()) model->slow_engines_built(key, std::move(built), now_ns() - begin);
  });
}

void Model::slow_engines_built(const std::string& key, Result<std::vector<PlanPtr>> built, int64_t ns) {
  Status status = built.status();
  const auto gains = [&](const PlanPtr& plan) { return runs_on_slow(*plan, *slow_); };
  if (status.ok() && std::none_of(built->begin(), built->end(), gains)) {
    status = {Code::kEngineFailed, str("nothing runs on ", names_of_slow(*slow_), ": ", why_not(built->front()->report()))};
  }
  if (status.ok()) {
    status = guarded([&]() -> Status {
      TRY(take_over(key, *built));
      add_device_lanes(*built);
      return {};
    });
  }
  if (*cancelled_) return;
  // Said before the state tells it: whoever sees the state finds the event.
  const double ms = static_cast<double>(ns) / 1e6;
  if (status.ok()) {
    for (const PlanPtr& plan : *built) log_fallbacks(options_.label, plan->report());
    log_event({Level::kInfo, "engine.build.background.finished", {{"model", options_.label}, {"engine", names_of_slow(*slow_)}, {"duration_ms", ms}}});
  } else {
    log_event({Level::kWarn,
               "engine.build.background.failed",
               {{"model", options_.label}, {"engine", names_of_slow(*slow_)}, {"cause", status.message()}, {"duration_ms", ms}}});
  }
  const std::lock_guard lock(mutex_);
  --background_.open;
  background_.ns += ns;
  background_.cause = status.message();
  background_.swapped += status.ok() ? 1U : 0U;
}

Status Model::take_over(const std::string& key, const std::vector<PlanPtr>& plans) {
  size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    count = incoming_.size();
  }
  Memories fresh;
  for (size_t i = 0; i < count; ++i) {
    fresh.push_back(std::make_unique<InstanceMemory>());
    TRY(guarded([&] { return warm_up(plans, *fresh.back()); }).with("warm-up"));
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  if (key.empty()) {
    plans_.replace_buckets(plans);
    // What the former plans had packed goes with them.
    recipe_.packed = engines::make_packed_store();
  } else {
    const PlanPtr former = plans_.replace_exact(key, plans.front());
    if (!former) return {};
    queue_.replace_plan(former.get(), plans.front());
  }
  for (size_t i = 0; i < count; ++i) incoming_[i].push_back(std::move(fresh[i]));
  wake_.notify_all();
  return {};
}

nlohmann::json Model::engine_build_json() const {
  nlohmann::json out = {
      {"mode", options_.background ? "background" : "block"}, {"state", "built"}, {"seconds", report_["stages"].value("compile_us", 0.0) / 1e6}};
  if (!slow_) return out;
  const std::lock_guard lock(mutex_);
  const Background& b = background_;
  out["state"] = b.open > 0 ? "building" : !b.cause.empty() ? "failed" : b.swapped > 0 ? "swapped" : "waiting";
  out["seconds"] = static_cast<double>(b.ns) / 1e9;
  if (!b.cause.empty()) out["cause"] = b.cause;
  return out;
}

}  // namespace mindird::runtime
