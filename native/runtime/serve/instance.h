// A thread of execution of one model: takes batches, gathers them into its own arena, runs the plan, scatters the results.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engines/page_locked.h"
#include "runtime/plans/plan_entry.h"
#include "runtime/plans/plan_set.h"
#include "runtime/queue/request.h"
#include "runtime/queue/rows.h"

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
  /// Whether a run that nobody wants timed is timed all the same: one in sixteen is, the first among them, for the metrics.
  bool samples_next() { return runs_++ % 16 == 0; }
  /// Drops all contexts, so that the next runs begin with new ones.
  void clear() { contexts_.clear(); }
  size_t bytes() const;
  /// Device memory of the contexts.
  size_t device_bytes() const;

 private:
  /// Where inputs and outputs of steps lie. What devices copy from and to is page-locked where that can be had.
  class Arena {
   public:
    Status grow(size_t bytes, bool for_device);
    std::span<std::byte> span() { return locked_ ? std::span(locked_.get(), size_) : buffer_.span(); }
    size_t size() const { return size_; }
    /// Whether page-locked memory was asked for.
    bool for_device() const { return for_device_; }

   private:
    engines::PageLockedMemory locked_;
    Buffer buffer_;
    size_t size_ = 0;
    bool for_device_ = false;
  };
  struct Memory {
    Arena arena;
    Buffer workspace;
  };
  struct Entry {
    PlanPtr plan;
    std::shared_ptr<const Memory> memory;  // the context works in it
    std::unique_ptr<plan::PlanContext> context;
  };
  Status grow(size_t arena, size_t workspace, bool for_device);
  bool in_use(const std::shared_ptr<Memory>& memory) const;

  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();  // new contexts are made in it
  std::unordered_map<const PlanEntry*, Entry> contexts_;
  uint64_t runs_ = 0;
};

/// Runs parts of requests on a plan: their rows are placed one after the other along dimension 0. Adds to times and rows of the result, which says
/// whether the run is timed. The caller
/// holds the compute permits, except for a plan with device steps, which takes them around its host steps alone.
Status run_parts(std::span<const Part> parts, int64_t deadline_ns, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result);

/// Runs one batch on a plan, as run_parts. Fills times, shapes and buffers of the result; a failure becomes the status of every request, and is returned.
Status run_batch(std::vector<RequestPtr>& batch, const PlanPtr& plan, InstanceMemory& memory, BatchResult& result);

/// Runs one request with more rows than any of the buckets has room for, piece by piece, each on the smallest bucket for what is left; as run_batch,
/// but takes the permits of each piece itself. Between two pieces it ends with DEADLINE_EXCEEDED or, when `stop` is set, NOT_READY.
Status run_pieces(const RequestPtr& request, const Buckets& buckets, const std::atomic<bool>& stop, InstanceMemory& memory, BatchResult& result);

/// Makes the outcomes of a batch that begins to run, and says whether it is timed.
void begin_run(std::span<const RequestPtr> batch, InstanceMemory& memory, BatchResult& result);
/// Makes the outcomes of a batch.
void begin_outcomes(std::span<const RequestPtr> batch, BatchResult& result);
/// Gives all outcomes the same error.
void fail_outcomes(const Status& status, BatchResult& result);

/// Runs each plan on zeros, twice unless that takes long and is no device's, so that the first request finds code and memory warm. Takes the compute permits it
/// needs; any thread may do it.
Status warm_up(std::span<const PlanPtr> plans, InstanceMemory& memory);

}  // namespace mindird::runtime
