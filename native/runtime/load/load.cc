// Loading a model: prepared (file → module → signature → plans), then warm instances.
#include <algorithm>

#include "base/clock.h"
#include "base/event.h"
#include "base/strings.h"
#include "runtime/load/prepare.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"

namespace mindird::runtime {
namespace {

/// The engine of the first step that is not the last engine's; "" without one.
std::string preferred_engine(const Prepared& prepared) {
  for (const PlanPtr& plan : prepared.plans) {
    for (const plan::PlanStep& step : plan->plan->steps()) {
      if (step.engine != prepared.loaded.recipe.engines.back()->id()) return std::string(step.engine);
    }
  }
  return {};
}

/// With the engines given; `unable` gets the one whose subgraphs do not run, when it is the warm-up that fails and the last engine may do better. `fallback`,
/// where not null, goes to the report.
Result<std::shared_ptr<Model>> attempt(const LoadOptions& options, const nlohmann::json& fallback, std::string& unable) {
  auto made = prepare(options, nullptr);
  if (!made.ok()) return std::move(made).status().with(options.label);
  Prepared& prepared = *made;
  const std::string preferred = preferred_engine(prepared);
  std::shared_ptr<const mindir::Module> module = prepared.loaded.slow ? prepared.loaded.module : nullptr;
  // What is open in it is the batch at most: all plans are there, or will be when the slow engines are.
  if (prepared.loaded.complete()) prepared.loaded.module = nullptr;
  nlohmann::json& report = prepared.report;
  const auto loaded = std::make_shared<const Loaded>(std::move(prepared.loaded));
  const auto serving = std::make_shared<Serving>(loaded, prepared.plans, std::move(prepared.packed), std::move(prepared.cancelled));
  std::shared_ptr<Upgrade> upgrade;
  if (loaded->slow) {
    upgrade = std::make_shared<Upgrade>(loaded, serving);
    serving->follow(upgrade);
  }
  const int64_t begin = now_ns();
  Status started = serving->start();
  if (!started.ok()) {
    unable = preferred;
    serving->close();
    return std::move(started).with(options.label);
  }
  report["stages"]["warm_up_us"] = (now_ns() - begin) / 1000;
  if (!fallback.is_null()) report["fallback"] = fallback;
  Host::instance().watch(serving);
  if (upgrade && !prepared.wanted.empty()) {
    upgrade->announce();
    upgrade->build("", std::move(prepared.wanted), std::move(module));
  }
  auto model = std::make_shared<Model>(loaded, serving, upgrade, std::move(report));
  // Worked out here, it is there for those who ask on a thread that is in a hurry.
  model->memory();
  return model;
}

}  // namespace

Result<std::shared_ptr<Model>> Model::load(const LoadOptions& options) {
  std::string unable;
  auto loaded = attempt(options, nullptr, unable);
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
  auto model = attempt(rest, {{"from", unable}, {"why", cause}}, unable);
  // Where the last engine cannot run the model at all, what failed first is what there is to mend.
  if (!model.ok() && model.status().code() == Code::kUnsupported) return loaded;
  return model;
}

Result<Model::Compiled> Model::compile_into(const LoadOptions& options, Collected& collected) {
  LoadOptions blocking = options;
  blocking.background = false;
  auto prepared = prepare(blocking, &collected);
  Status status = prepared.status();
  if (status.ok() && prepared->loaded.recipe.from_plan_file) status = unsupported("is a plan file already");
  if (status.ok() && !prepared->loaded.complete()) {
    status = unsupported(str("has open dimensions and is not batched (", prepared->loaded.signature.why_not_batched,
                             "): say for which shapes of its inputs the engines are built"));
  }
  // The label of what is no servable is the name of its file, which may be in front already.
  if (!status.ok()) return status.message().starts_with(options.label + ":") ? std::move(status) : std::move(status).with(options.label);
  const Loaded& loaded = prepared->loaded;
  Compiled out{loaded.signature, std::string(engines::precision_name(loaded.recipe.precision)), loaded.recipe.keep_fp32, {}};
  // The largest bucket was the first.
  for (const PlanPtr& plan : prepared->plans) out.reports.push_back(plan->report());
  return out;
}

}  // namespace mindird::runtime
