// A loaded model: signature, plans, queue and instances.
//
//   submit ──► check ──► [has a plan?] ──► queue ──► instance thread ──► sink
//                            └─ no ──► waits for its plan (builder thread) ─┘
//
// Fixed and batched models have a plan for everything: of a batched one any bucket, or several in turn.
//
// With slow engines in the background (swap.cc) plans are replaced while the model serves.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mindir/module.h"
#include "runtime/file/signature.h"
#include "runtime/plans/plan_set.h"
#include "runtime/serve/build_budget.h"
#include "runtime/serve/instance.h"
#include "runtime/serve/request_queue.h"

namespace mindird::runtime {

struct LoadOptions {
  std::string path;
  std::string label;
  std::vector<std::string> engines;
  engines::Precision precision = engines::Precision::kOrigin;
  /// Nodes (`*` for any characters) and operators that stay in fp32.
  std::vector<std::string> keep_fp32;
  /// Weights of products may be stored in 16 bits where an engine can.
  bool short_weights = false;
  std::vector<std::string> output_names;
  /// Shapes of the inputs where the model leaves them open and they are no batch; empty: it serves any.
  std::vector<Shape> shapes;
  int threads = 0;
  int instances = 1;
  int64_t max_batch = 1;
  int64_t max_queue_delay_us = 0;
  std::vector<int64_t> buckets;
  size_t max_queue = 10'000;
  size_t max_plans = 16;
  plan::Limits limits;
  std::string cache_directory;  // empty: none
  uint64_t cache_bytes = 0;     // that it may hold; 0: no limit
  mindir::ReadOptions read;
  bool cache_encrypted = false;  // what is made of an encrypted model may be written to disk, where it lies in plain
  bool background = false;       // ready with the engines that build at once; those that build slowly take over when they are built
};

struct MemoryUse {
  size_t constants = 0;
  size_t arenas = 0;
  size_t packed = 0;
  size_t device = 0;  // weights and contexts on a device
};

class Model : public std::enable_shared_from_this<Model> {
 public:
  /// Reads, compiles, starts the instances and warms them up. Where the engines before the last are built and then cannot run, for want of
  /// device memory, the last one runs everything. Call on the builder thread.
  static Result<std::shared_ptr<Model>> load(const LoadOptions& options);
  struct Compiled {
    Signature signature;
    std::string precision;
    std::vector<std::string> keep_fp32;
    std::vector<nlohmann::json> reports;  // of the plans, the largest first
  };
  /// Compiles every plan and lets the model go; `collected` has what a plan file needs. Call on the builder thread.
  static Result<Compiled> compile_into(const LoadOptions& options, Collected& collected);
  ~Model();

  uint32_t id() const { return id_; }
  const Signature& signature() const { return signature_; }
  std::string report() const;
  MemoryUse memory() const;
  size_t queue_depth() const;
  /// Why runs on a device fail, as long as they do; else empty.
  std::string failure() const;

  /// Queues a request or says why not (INVALID_ARGUMENT, OVERLOADED, NOT_READY). After success the sink gets exactly one outcome for it.
  Status submit(RequestPtr request);
  /// Completes a waiting request with CANCELLED; false when it is not waiting (any more).
  bool cancel(uint64_t ticket);
  /// Completes requests whose deadline has passed; returns the next deadline.
  std::optional<int64_t> expire_requests();
  /// Refuses new requests, completes waiting ones with NOT_READY, waits for the running ones and ends the threads. Idempotent; not on an instance thread.
  void close();

 private:
  using Memories = std::vector<std::unique_ptr<InstanceMemory>>;
  /// What an instance thread does next.
  struct Turn {
    std::vector<RequestPtr> batch;           // may be empty
    std::vector<RequestPtr> members;         // of a batch that failed for its data: those that have yet to run alone; null where they have
    std::shared_ptr<const Buckets> buckets;  // those the contexts of the instance are made for, once it has taken over `fresh`
    Memories fresh;                          // contexts of plans that have taken over
    PlanPtr failed_plan;                     // try it: the device may work again
    bool closed = false;
  };
  /// Builds of slow engines while the model serves.
  struct Background {
    size_t open = 0;  // queued or running
    size_t swapped = 0;
    int64_t ns = 0;     // of those that ended
    std::string cause;  // why the last one failed; empty after a success
  };

  /// Runs on a device.
  struct Device {
    engines::DeviceTimes times;  // sum of the runs'
    size_t runs = 0;
    size_t requests = 0;
    PlanPtr failed_plan;  // the plan that could not be run when it was tried last
    std::string failure;
  };

  Model(LoadOptions options, uint32_t id);
  /// load() with the engines given; `unable` gets the one whose subgraphs do not run, when it is the warm-up that fails and the last engine may do better.
  static Result<std::shared_ptr<Model>> attempt(const LoadOptions& options, std::string& unable);
  /// The engine of the first step that is not the last engine's; "" without one.
  std::string preferred_engine() const;
  /// Also tells the shapes that plans were made for.
  Status prepare(std::vector<PlanShapes>& wanted);
  void note_left_out();
  Status use_cache();
  Status start_instances();
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
  /// A second thread for each instance, once, if any of the plans is for a device.
  void add_device_lanes(std::span<const PlanPtr> plans);
  void serve(size_t lane, InstanceMemory& memory, const std::function<void()>& count);
  void run_turn(Turn& turn, size_t lane, InstanceMemory& memory);
  /// Runs and answers the requests, but for several of which one has data that the model does not take: false, and they are still there.
  bool run_batch_of(std::vector<RequestPtr>& batch, const Buckets& buckets, size_t lane, InstanceMemory& memory);
  void count_device_run(const BatchResult& result);
  void renew_contexts(const PlanPtr& plan, InstanceMemory& memory);
  void set_device_failure(const PlanPtr& plan, const Status& status);
  nlohmann::json latency_json() const;
  nlohmann::json devices_json() const;

  // swap.cc
  void split_recipe();
  /// Once background_.open counts it.
  void build_slow_engines(const std::string& key, std::vector<PlanShapes> wanted);
  void slow_engines_built(const std::string& key, Result<std::vector<PlanPtr>> built, int64_t ns);
  Status take_over(const std::string& key, const std::vector<PlanPtr>& plans);
  nlohmann::json engine_build_json() const;

  const LoadOptions options_;
  const uint32_t id_;
  PlanRecipe recipe_;                       // its packed weights: under mutex_ once the model is loaded
  std::shared_ptr<const PlanRecipe> slow_;  // all engines, when recipe_ has only those that build at once
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<const mindir::Module> module_;  // kept only for models whose plans are made as requests come
  Signature signature_;
  PlanSet plans_;
  BatchPolicy policy_;
  nlohmann::json report_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  RequestQueue queue_;
  std::unordered_map<std::string, std::vector<RequestPtr>> awaiting_;  // by shapes key: requests whose plan is being built
  size_t awaiting_count_ = 0;
  std::unordered_set<std::string> asked_;  // shapes keys of builds that are queued or run, though nobody may await them any more
  BuildBudget budget_;
  bool closed_ = false;
  Background background_;
  Device device_;
  std::vector<Memories> incoming_;  // by lane: first those of all instances, then the second ones
  bool has_device_lanes_ = false;
  std::vector<std::thread> threads_;
  std::atomic<size_t> arena_bytes_{0};
  std::atomic<size_t> context_bytes_{0};  // on a device
};

}  // namespace mindird::runtime
