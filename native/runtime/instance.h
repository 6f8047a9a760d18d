// A thread of execution of one model: takes batches, gathers them into its own arena, runs the plan, scatters the results.
#pragma once

#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/plan_entry.h"
#include "runtime/request.h"

namespace mindird::runtime {

/// The memory and contexts of one instance. Contexts of all plans share one arena and one workspace, since they never run at once.
class InstanceMemory {
 public:
  /// The context for a plan, made when first asked for. Growing the memory drops the other contexts.
  Result<plan::PlanContext*> context(const PlanPtr& plan);
  size_t bytes() const { return arena_.size() + workspace_.size(); }

 private:
  Status grow(const plan::ExecutionPlan& plan);

  struct Entry {
    PlanPtr plan;
    std::unique_ptr<plan::PlanContext> context;
  };
  Buffer arena_;
  Buffer workspace_;
  std::unordered_map<const PlanEntry*, Entry> contexts_;
};

/// Runs one batch on a plan: rows of all requests are placed one after the other along dimension 0, the rest of the bucket is zeros.
/// Fills times, shapes and buffers of the result; a failure becomes the status of every request. The caller holds the compute permits.
void run_batch(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result);

/// Runs a plan twice on zeros, so that the first request finds code and memory warm.
Status warm_up(const PlanPtr& plan, InstanceMemory& memory);

}  // namespace mindird::runtime
