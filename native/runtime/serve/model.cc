#include "runtime/serve/model.h"

#include <algorithm>

#include "mindir/module_constants.h"
#include "plan/holdings.h"

namespace mindird::runtime {

Model::Model(std::shared_ptr<const Loaded> loaded, std::shared_ptr<Serving> serving, std::shared_ptr<Upgrade> upgrade, nlohmann::json report)
    : loaded_(std::move(loaded)), serving_(std::move(serving)), upgrade_(std::move(upgrade)), report_(std::move(report)) {}

Model::~Model() { close(); }

MemoryUse Model::memory() const {
  const std::vector<PlanPtr> plans = serving_->plans();
  MemoryUse use = held_by(plans);
  if (loaded_->slow) use.packed = loaded_->slow->packed->bytes();
  use.packed += serving_->packed_bytes();
  use.arenas = serving_->arena_bytes();
  for (const PlanPtr& plan : plans) use.device += plan->plan->device_bytes();
  use.device += serving_->context_bytes();
  return use;
}

MemoryUse Model::held_by(const std::vector<PlanPtr>& plans) const {
  using Kind = engines::Holdings::Kind;
  const auto same = [](const auto& a, const auto& b) { return !a.owner_before(b) && !b.owner_before(a); };
  const std::lock_guard lock(held_mutex_);
  if (held_ && std::ranges::equal(plans, held_plans_, same)) return *held_;
  engines::Holdings holdings;
  for (const PlanPtr& plan : plans) plan::hold(*plan->plan, holdings);
  MemoryUse use;
  const auto count = [&](const Constant& constant) { holdings.add(Kind::kConstants, constant.bytes().data(), constant.bytes().size()); };
  if (loaded_->module && !mindir::each_constant(*loaded_->module, count)) use.constants = loaded_->module->constant_bytes();
  use.constants += holdings.bytes(Kind::kConstants);
  use.kernels = holdings.bytes(Kind::kKernels);
  held_plans_.assign(plans.begin(), plans.end());
  held_ = use;
  return use;
}

std::string Model::report() const {
  nlohmann::json out = report_;
  const LoadOptions& options = loaded_->options;
  out["label"] = options.label;
  out["file"] = options.path;
  out["engines"] = options.engines;
  out["threads"] = loaded_->recipe.threads;
  out["instances"] = options.instances;
  out["engine_build"] = engine_build_json();
  out["plans"] = nlohmann::json::array();
  for (const PlanPtr& plan : serving_->plans()) {
    out["plans"].push_back(plan->report());
    out["plans"].back()["rows"] = plan->rows;
  }
  // Every plan is of the same nodes; before the first one nothing has been decided.
  out["precision"] = {{"asked", engines::precision_name(options.precision)}};
  if (!out["plans"].empty()) out["precision"] = out["plans"].front()["precision"];
  // What came of it depends on the number of rows: each plan says it.
  out["weights"] = {{"asked", options.short_weights ? "16bit" : "full"}};
  const MemoryUse use = memory();
  out["memory"] = {{"constants", use.constants}, {"packed", use.packed}, {"arenas", use.arenas}, {"kernels", use.kernels}};
  if (nlohmann::json devices = devices_json(); !devices.empty()) {
    out["devices"] = std::move(devices);
    out["memory"]["device"] = use.device;
  }
  if (nlohmann::json latency = serving_->device().latency(); !latency.is_null()) out["latency"] = std::move(latency);
  if (std::string why = failure(); !why.empty()) out["failure"] = std::move(why);
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json Model::engine_build_json() const {
  nlohmann::json out = {
      {"mode", loaded_->options.background ? "background" : "block"}, {"state", "built"}, {"seconds", report_["stages"].value("compile_us", 0.0) / 1e6}};
  if (upgrade_) upgrade_->describe(out);
  return out;
}

nlohmann::json Model::devices_json() const {
  nlohmann::json out = nlohmann::json::object();
  const PlanRecipe& recipe = loaded_->slow ? *loaded_->slow : loaded_->recipe;
  for (const PlanPtr& plan : serving_->plans()) {
    for (const plan::PlanStep& step : plan->plan->steps()) {
      const auto used = std::find_if(recipe.engines.begin(), recipe.engines.end(), [&](const auto* e) { return e->id() == step.engine; });
      if (step.executable->on_device() && used != recipe.engines.end()) out[step.engine] = (*used)->device();
    }
  }
  return out;
}

}  // namespace mindird::runtime
