// Runs on a device: how long they took, and why they fail as long as they do.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/plans/plan_entry.h"
#include "runtime/queue/request.h"

namespace mindird::runtime {

class DeviceRuns {
 public:
  explicit DeviceRuns(std::string label) : label_(std::move(label)) {}

  /// A run that succeeded.
  void count(const BatchResult& result);
  /// What came of a try on new contexts: the device works, or `plan` cannot be run.
  void tried(const PlanPtr& plan, const Status& status);
  /// The plan that could not be run when it was tried last; null: the device works.
  PlanPtr failed_plan() const;
  /// Why; empty: the device works.
  std::string failure() const;
  /// Mean times, null before the first run that was timed.
  nlohmann::json latency() const;

 private:
  const std::string label_;
  mutable std::mutex mutex_;
  engines::DeviceTimes times_;  // sum of the runs': of all for the dispatch, of those that were timed for the device's part
  size_t runs_ = 0;
  size_t timed_ = 0;
  size_t requests_ = 0;
  PlanPtr failed_plan_;
  std::string failure_;
};

}  // namespace mindird::runtime
