// What answers the requests of a model: its plans, the queue, the instances and their threads.
//
//   submit ──► check ──► [has a plan?] ──► queue ──► instance thread ──► sink
//                            └─ no ──► waits for its plan (builder thread) ─┘
//
// Fixed and batched models have a plan for everything: of a batched one any bucket, or several in turn.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/plans/plan_set.h"
#include "runtime/queue/build_budget.h"
#include "runtime/queue/request_queue.h"
#include "runtime/serve/device_runs.h"
#include "runtime/serve/instance.h"
#include "runtime/serve/loaded.h"

namespace mindird::runtime {

class Upgrade;

class Serving : public std::enable_shared_from_this<Serving> {
 public:
  using Memories = std::vector<std::unique_ptr<InstanceMemory>>;

  /// `packed`: the weights that `plans` share.
  Serving(std::shared_ptr<const Loaded> loaded, std::span<const PlanPtr> plans, std::shared_ptr<engines::PackedStore> packed,
          std::shared_ptr<std::atomic<bool>> cancelled);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  /// Makes the plans that requests ask for once more, with all engines. Before start().
  void follow(std::weak_ptr<Upgrade> upgrade) { upgrade_ = std::move(upgrade); }
  /// Starts the instances and warms them up.
  Status start();

  /// As Model's.
  Status submit(RequestPtr request);
  bool cancel(uint64_t ticket);
  std::optional<int64_t> expire_requests();
  void close();

  size_t queue_depth() const;
  std::vector<PlanPtr> plans() const { return plans_.all(); }
  bool has_exact(const std::string& key) const { return plans_.has_exact(key); }
  size_t packed_bytes() const;
  size_t arena_bytes() const { return arena_bytes_; }
  /// Of contexts on a device.
  size_t context_bytes() const { return context_bytes_; }
  const DeviceRuns& device() const { return device_; }

  /// Puts plans in the place of all buckets, or of the exact-shape plan under `key`, if it is still there. Contexts are made and warmed for every instance
  /// before that; batches that run end on the plans they began with.
  Status take_over(const std::string& key, std::span<const PlanPtr> plans);
  /// A second thread for each instance, once, if any of the plans is for a device.
  void add_device_lanes(std::span<const PlanPtr> plans);

 private:
  /// What the threads of instances are called.
  static constexpr const char* kInstance = "instance";

  /// What an instance thread does next.
  struct Turn {
    std::vector<RequestPtr> batch;           // may be empty
    std::vector<RequestPtr> members;         // of a batch that failed for its data: those that have yet to run alone; null where they have
    std::shared_ptr<const Buckets> buckets;  // those the contexts of the instance are made for, once it has taken over `fresh`
    Memories fresh;                          // contexts of plans that have taken over
    PlanPtr failed_plan;                     // try it: the device may work again
    bool closed = false;
  };

  void next_turn(size_t lane, Turn& turn);
  /// What the batch of so many rows is expected to take; 0: not known.
  int64_t expected_ns(int64_t rows) const;
  /// TOO_LARGE for more rows than one request may have.
  Status check_rows(const Request& request) const;
  /// Completes a request without rows: its outputs have none.
  Status answer_empty(RequestPtr request);
  void finish(std::vector<RequestPtr>&& requests, const Status& status);

  // exact_plans.cc
  /// Under the lock. OVERLOADED when a plan must be built for it and the model has had its share of building.
  Status await_plan(RequestPtr request, const std::string& key);
  void build_for(const std::string& key, const std::vector<Shape>& shapes);
  PlanRecipe recipe_for_request() const;
  void plan_built(const std::string& key, Result<PlanPtr> built);

  // lanes.cc
  void instance_loop(size_t index, Status* warmed, int* started);
  void serve(size_t lane, InstanceMemory& memory, const std::function<void()>& count);
  void run_turn(Turn& turn, size_t lane, InstanceMemory& memory);
  /// Runs and answers the requests, but for several of which one has data that the model does not take: false, and they are still there.
  bool run_batch_of(std::vector<RequestPtr>& batch, const Buckets& buckets, size_t lane, InstanceMemory& memory);
  void renew_contexts(const PlanPtr& plan, InstanceMemory& memory);

  const std::shared_ptr<const Loaded> loaded_;
  const std::shared_ptr<std::atomic<bool>> cancelled_;
  std::weak_ptr<Upgrade> upgrade_;
  PlanSet plans_;
  DeviceRuns device_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  RequestQueue queue_;
  std::shared_ptr<engines::PackedStore> packed_;                       // of the present plans
  std::unordered_map<std::string, std::vector<RequestPtr>> awaiting_;  // by shapes key: requests whose plan is being built
  size_t awaiting_count_ = 0;
  std::unordered_set<std::string> asked_;  // shapes keys of builds that are queued or run, though nobody may await them any more
  BuildBudget budget_;
  bool closed_ = false;
  int idle_lanes_ = 0;              // those that sleep until a request comes
  std::vector<Memories> incoming_;  // by lane: first those of all instances, then the second ones
  bool has_device_lanes_ = false;
  std::vector<std::thread> threads_;
  std::atomic<size_t> arena_bytes_{0};
  std::atomic<size_t> context_bytes_{0};  // on a device
};

}  // namespace mindird::runtime
