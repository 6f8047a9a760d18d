// What a load makes of a model file before anything is served: the file read, its signature, how plans are compiled.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "mindir/module.h"
#include "runtime/file/signature.h"
#include "runtime/plans/plan_set.h"
#include "runtime/queue/request_queue.h"

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

/// Serving and upgrades read it; nothing in it changes once there are any.
struct Loaded {
  LoadOptions options;
  uint32_t id = 0;                                     // of this load in the process
  PlanRecipe recipe;                                   // without packed weights, which the plans have
  std::shared_ptr<const PlanRecipe> slow;              // all engines, where `recipe` has only those that build at once; else null
  std::shared_ptr<const std::atomic<bool>> cancelled;  // nobody wants what is being built any more
  std::shared_ptr<const mindir::Module> module;        // of models whose plans are made as requests come; of others null
  Signature signature;
  BatchPolicy policy;

  /// Whether there is a plan for every request: any bucket of a batched model, or several in turn.
  bool complete() const { return signature.fixed || signature.batched; }
};

}  // namespace mindird::runtime
