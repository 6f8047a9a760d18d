// One compiled plan of a model: for one concrete set of input shapes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/run_limits.h"
#include "plan/execution_plan.h"

namespace mindird::runtime {

struct PlanEntry {
  std::vector<Shape> shapes;
  /// Rows along the batch dimension when the model is batched, else 0.
  int64_t rows = 0;
  int threads = 1;
  /// Rounds that the loops of one run may take.
  int64_t loop_steps = kDefaultLoopSteps;
  std::shared_ptr<const plan::ExecutionPlan> plan;
  /// JSON: as text it is a fraction of the size, and goes without needing memory, on whatever thread drops the plan.
  std::string report_text;
  /// Set when the plan has been dropped from its model: contexts for it may go too.
  mutable std::atomic<bool> evicted{false};
  /// What a run is expected to take, gathering and scattering included; 0 before the first.
  mutable std::atomic<int64_t> expected_ns{0};

  nlohmann::json report() const { return nlohmann::json::parse(report_text, nullptr, false); }
  /// As requests give and get them.
  TensorType input_type(size_t input) const { return plan->slots()[plan->inputs()[input]].outside_type(); }
  TensorType output_type(size_t output) const { return plan->slots()[plan->outputs()[output]].outside_type(); }
  /// Takes the time of a run into account: the expectation rises fast and falls slowly, since one that is too low costs deadlines.
  void took(int64_t ns) const {
    const int64_t old = expected_ns;
    expected_ns = old == 0 ? ns : old + (ns - old) / (ns > old ? 2 : 8);
  }
};

using PlanPtr = std::shared_ptr<const PlanEntry>;

/// "[[1,3,224,224],[1]]": identifies a set of input shapes.
std::string shapes_key(std::span<const Shape> shapes);

}  // namespace mindird::runtime
