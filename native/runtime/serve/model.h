// A loaded model: what was loaded (loaded.h), what serves it (serving.h) and, with slow engines in the background, what replaces its plans meanwhile
// (upgrade.h).
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/serve/loaded.h"
#include "runtime/serve/serving.h"
#include "runtime/serve/upgrade.h"

namespace mindird::runtime {

/// Bytes; what several plans share is counted once.
struct MemoryUse {
  size_t constants = 0;  // weights and constants as the model has them
  size_t packed = 0;     // weights as an engine lays them out
  size_t arenas = 0;     // working memory of the instances
  size_t kernels = 0;    // what a library keeps for its kernels, as far as it can be known: code and descriptions
  size_t device = 0;     // weights and contexts on a device
};

class Model {
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

  /// `upgrade` null: nothing is built in the background.
  Model(std::shared_ptr<const Loaded> loaded, std::shared_ptr<Serving> serving, std::shared_ptr<Upgrade> upgrade, nlohmann::json report);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  uint32_t id() const { return loaded_->id; }
  const Signature& signature() const { return loaded_->signature; }
  std::string report() const;
  MemoryUse memory() const;
  size_t queue_depth() const { return serving_->queue_depth(); }
  /// Why runs on a device fail, as long as they do; else empty.
  std::string failure() const { return serving_->device().failure(); }

  /// Queues a request or says why not (INVALID_ARGUMENT, OVERLOADED, NOT_READY). After success the sink gets exactly one outcome for it.
  Status submit(RequestPtr request) { return serving_->submit(std::move(request)); }
  /// Completes a waiting request with CANCELLED; false when it is not waiting (any more).
  bool cancel(uint64_t ticket) { return serving_->cancel(ticket); }
  /// Refuses new requests, completes waiting ones with NOT_READY, waits for the running ones and ends the threads. Idempotent; not on an instance thread.
  void close() { serving_->close(); }

 private:
  nlohmann::json engine_build_json() const;
  nlohmann::json devices_json() const;
  /// Constants and kernels of these plans and of the module, worked out again where the plans are others.
  MemoryUse held_by(const std::vector<PlanPtr>& plans) const;

  const std::shared_ptr<const Loaded> loaded_;
  const std::shared_ptr<Serving> serving_;
  const std::shared_ptr<Upgrade> upgrade_;
  const nlohmann::json report_;  // of the load

  mutable std::mutex held_mutex_;
  mutable std::vector<std::weak_ptr<const PlanEntry>> held_plans_;  // that held_ is of
  mutable std::optional<MemoryUse> held_;
};

}  // namespace mindird::runtime
