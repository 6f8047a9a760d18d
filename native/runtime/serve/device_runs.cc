#include "runtime/serve/device_runs.h"

#include <utility>

#include "base/event.h"

namespace mindird::runtime {

void DeviceRuns::count(const BatchResult& result) {
  {
    const std::lock_guard lock(mutex_);
    times_ += result.device;
    requests_ += result.outcomes.size();
    ++runs_;
    if (result.timed) ++timed_;
    if (!failed_plan_) return;
  }
  tried(nullptr, {});
}

void DeviceRuns::tried(const PlanPtr& plan, const Status& status) {
  const PlanPtr failed = status.ok() ? nullptr : plan;
  {
    const std::lock_guard lock(mutex_);
    failure_ = status.message();
    const bool before = std::exchange(failed_plan_, failed) != nullptr;
    if (before == (failed != nullptr)) return;
  }
  if (failed) log_event({Level::kError, "device.failed", {{"model", label_}, {"cause", status.message()}}});
  if (!failed) log_event({Level::kInfo, "device.recovered", {{"model", label_}}});
}

PlanPtr DeviceRuns::failed_plan() const {
  const std::lock_guard lock(mutex_);
  return failed_plan_;
}

std::string DeviceRuns::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

nlohmann::json DeviceRuns::latency() const {
  const std::lock_guard lock(mutex_);
  if (timed_ == 0) return nullptr;
  const auto mean_us = [](int64_t ns, size_t runs) { return static_cast<double>(ns) / 1e3 / static_cast<double>(runs); };
  const double dispatch = mean_us(times_.dispatch, runs_);
  const double device = mean_us(times_.to_device + times_.compute + times_.to_host, timed_);
  return {{"host_dispatch_us", dispatch}, {"device_us", device},
          {"requests", requests_},        {"runs", runs_},
          {"timed_runs", timed_},         {"bound_by", dispatch > device ? "host dispatch" : "device"}};
}

}  // namespace mindird::runtime
