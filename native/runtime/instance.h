// A thread of execution of one model: takes batches, gathers them into its own arena, runs the plan, scatters the results.
#pragma once

#include <memory>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/plan_entry.h"
#include "runtime/request.h"

namespace mindird::runtime {

/// The memory and contexts of one instance. Contexts of all plans share one arena and one workspace, since they never run at once; only those
/// that were adopted bring memory of their own.
class InstanceMemory {
 public:
  /// The context for a plan, made when first asked for. Growing the memory drops the other contexts in it.
  Result<plan::PlanContext*> context(const PlanPtr& plan);
  /// Makes the memory large enough for each of the plans, so that their contexts do not drop one another.
  Status reserve(std::span<const PlanPtr> plans);
  /// Takes over the contexts that another thread has made, and drops those of plans that are no longer the model's.
  void adopt(InstanceMemory&& fresh);
  size_t bytes() const;

 private:
  struct Memory {
    Buffer arena;
    Buffer workspace;
  };
  struct Entry {
    PlanPtr plan;
    std::shared_ptr<const Memory> memory;  // the context works in it
    std::unique_ptr<plan::PlanContext> context;
  };
  Status grow(size_t arena, size_t workspace);
  bool in_use(const std::shared_ptr<Memory>& memory) const;

  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();  // new contexts are made in it
  std::unordered_map<const PlanEntry*, Entry> contexts_;
};

/// Runs one batch on a plan: rows of all requests are placed one after the other along dimension 0, the rest of the bucket is zeros.
/// Fills times, shapes and buffers of the result; a failure becomes the status of every request. The caller holds the compute permits.
void run_batch(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result);

/// Runs each plan twice on zeros, so that the first request finds code and memory warm. Takes compute permits; any thread may do it.
Status warm_up(std::span<const PlanPtr> plans, InstanceMemory& memory);

}  // namespace mindird::runtime
