#include "runtime/serve/upgrade.h"

#include <algorithm>

#include "base/clock.h"
#include "base/event.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/serve/host.h"

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

std::shared_ptr<const PlanRecipe> split_recipe(PlanRecipe& recipe, const std::shared_ptr<const std::atomic<bool>>& cancelled) {
  const auto slow = [](const engines::Engine* engine) { return engine->builds_slowly(); };
  const auto& all = recipe.engines;
  if (slow(all.back()) || std::none_of(all.begin(), all.end(), slow)) return nullptr;
  auto complete = std::make_shared<PlanRecipe>(recipe);
  complete->packed = engines::make_packed_store();
  complete->precision_logged = std::make_shared<std::once_flag>();
  complete->background = true;
  complete->cancelled = cancelled;
  std::erase_if(recipe.engines, slow);
  return complete;
}

void Upgrade::announce() {
  const std::lock_guard lock(mutex_);
  ++open_;
}

void Upgrade::build(const std::string& key, std::vector<PlanShapes> wanted, std::shared_ptr<const mindir::Module> module) {
  const auto& slow = loaded_->slow;
  Host::instance().build_in_background([weak = weak_from_this(), key, wanted = std::move(wanted), module = std::move(module),
                                        recipe = key.empty() ? slow : std::make_shared<const PlanRecipe>(slow->for_request())] {
    if (*recipe->cancelled) return;
    if (const auto self = weak.lock(); self && !key.empty() && !self->serving_->has_exact(key)) {
      const std::lock_guard lock(self->mutex_);
      --self->open_;
      return;
    }
    log_event({Level::kInfo,
               "engine.build.background.started",
               {{"model", recipe->label}, {"engine", names_of_slow(*recipe)}, {"count", static_cast<double>(wanted.size())}}});
    const int64_t begin = now_ns();
    auto plans = guarded([&] { return build_plans(*module, *recipe, wanted); });
    if (const auto self = weak.lock()) self->built(key, std::move(plans), now_ns() - begin);
  });
}

void Upgrade::built(const std::string& key, Result<std::vector<PlanPtr>> plans, int64_t ns) {
  const PlanRecipe& slow = *loaded_->slow;
  const std::string& label = loaded_->options.label;
  Status status = plans.status();
  const auto gains = [&](const PlanPtr& plan) { return runs_on_slow(*plan, slow); };
  if (status.ok() && std::none_of(plans->begin(), plans->end(), gains)) {
    status = {Code::kEngineFailed, str("nothing runs on ", names_of_slow(slow), ": ", why_not(plans->front()->report()))};
  }
  if (status.ok()) {
    status = guarded([&]() -> Status {
      TRY(serving_->take_over(key, *plans));
      serving_->add_device_lanes(*plans);
      return {};
    });
  }
  if (*loaded_->cancelled) return;
  // Said before the state tells it: whoever sees the state finds the event.
  const double ms = static_cast<double>(ns) / 1e6;
  if (status.ok()) {
    for (const PlanPtr& plan : *plans) log_fallbacks(label, plan->report());
    log_event({Level::kInfo, "engine.build.background.finished", {{"model", label}, {"engine", names_of_slow(slow)}, {"duration_ms", ms}}});
  } else {
    log_event({Level::kWarn,
               "engine.build.background.failed",
               {{"model", label}, {"engine", names_of_slow(slow)}, {"cause", status.message()}, {"duration_ms", ms}}});
  }
  const std::lock_guard lock(mutex_);
  --open_;
  ns_ += ns;
  cause_ = status.message();
  swapped_ += status.ok() ? 1U : 0U;
}

void Upgrade::describe(nlohmann::json& report) const {
  const std::lock_guard lock(mutex_);
  report["state"] = open_ > 0 ? "building" : !cause_.empty() ? "failed" : swapped_ > 0 ? "swapped" : "waiting";
  report["seconds"] = static_cast<double>(ns_) / 1e9;
  if (!cause_.empty()) report["cause"] = cause_;
}

}  // namespace mindird::runtime
