// The plans of one model: one per bucket, and exact-shape plans of dynamic models, built when first asked for and dropped least recently used.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engines/cache.h"
#include "mindir/module.h"
#include "plan/compile.h"
#include "runtime/plans/collected.h"
#include "runtime/plans/plan_entry.h"

namespace mindird::runtime {

/// How plans of a model are compiled.
struct PlanRecipe {
  std::string label;
  /// Name of the model file, for errors.
  std::string file;
  std::vector<const engines::Engine*> engines;
  bool optimize = true;
  engines::Precision precision = engines::Precision::kOrigin;
  std::vector<std::string> keep_fp32;
  bool short_weights = false;
  /// What became of `precision` is logged with the first plan.
  std::shared_ptr<std::once_flag> precision_logged = std::make_shared<std::once_flag>();
  int threads = 1;
  std::shared_ptr<engines::PackedStore> packed;
  std::shared_ptr<passes::ConstantStore> constants;
  std::shared_ptr<const engines::EngineCache> cache;
  std::string why_no_cache = "no cache directory";
  /// Folder for what engines keep between builds; empty: none.
  std::string keep_folder;
  plan::Limits limits;
  /// Compiled while other plans serve: what falls back is told when it is known what becomes of the plan.
  bool background = false;
  /// Null: nobody will lose interest.
  std::shared_ptr<const std::atomic<bool>> cancelled;
  /// Graphs come from a plan file.
  bool from_plan_file = false;
  /// Of a plan file that has a graph at a placeholder of a batch size: that size; else 0 and why not.
  int64_t placeholder = 0;
  std::string why_not_open;
  /// Not null: takes what a plan file of the model needs.
  Collected* collected = nullptr;

  /// The same for plans that requests ask for, which stay in memory: who sends requests must not fill the disk.
  PlanRecipe for_request() const;
};

/// Input shapes to compile for; `rows` along the batch dimension when the model is batched, else 0.
struct PlanShapes {
  std::vector<Shape> shapes;
  int64_t rows = 0;
};

/// Compiles one plan after the other. Logs progress ("build.progress"), builds ("engine.build"), cache results ("engine.cache") and, but in the
/// background, what fell back.
Result<std::vector<PlanPtr>> build_plans(const mindir::Module& module, const PlanRecipe& recipe, std::span<const PlanShapes> wanted);
/// One warning per subgraph that its engine could not build.
void log_fallbacks(const std::string& label, const nlohmann::json& report);

/// Plans by rows; a model without batches has one for everything, at 0.
using Buckets = std::map<int64_t, PlanPtr>;
std::vector<PlanPtr> plans_of(const Buckets& buckets);
/// The smallest bucket with room for `rows`, or null.
PlanPtr bucket_for(const Buckets& buckets, int64_t rows);

class PlanSet {
 public:
  explicit PlanSet(size_t most_exact) : most_exact_(most_exact) {}

  void add_bucket(PlanPtr plan);
  /// Puts plans in the place of all buckets, each with the rows of one of them. The former ones count as dropped.
  void replace_buckets(std::span<const PlanPtr> plans);
  /// As they are now; a later replacement does not change what was returned.
  std::shared_ptr<const Buckets> buckets() const;
  int64_t largest_bucket() const;

  /// The exact-shape plan, marked as just used, or null.
  PlanPtr find_exact(const std::string& key);
  void add_exact(const std::string& key, PlanPtr plan);
  bool has_exact(const std::string& key) const;
  /// Puts a plan in the place of the one with this key and returns the former one, which counts as dropped; null and nothing done when there is none.
  PlanPtr replace_exact(const std::string& key, PlanPtr plan);
  std::vector<PlanPtr> all() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Buckets> buckets_ = std::make_shared<const Buckets>();
  size_t most_exact_;
  std::list<std::pair<std::string, PlanPtr>> exact_;  // most recently used first
};

}  // namespace mindird::runtime
