// The plans of one model: one per bucket, and exact-shape plans of dynamic models, built when first asked for and dropped least recently used.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engines/cache.h"
#include "mindir/module.h"
#include "plan/compile.h"
#include "runtime/plan_entry.h"

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
  /// What became of `precision` is logged with the first plan.
  std::shared_ptr<std::once_flag> precision_logged = std::make_shared<std::once_flag>();
  int threads = 1;
  std::shared_ptr<engines::PackedStore> packed;
  std::shared_ptr<passes::ConstantStore> constants;
  std::shared_ptr<const engines::EngineCache> cache;
  plan::Limits limits;
};

/// Compiles for one set of shapes; logs progress ("engine.build") and cache results ("engine.cache").
Result<PlanPtr> build_plan(const mindir::Module& module, const PlanRecipe& recipe, std::vector<Shape> shapes, int64_t rows);

class PlanSet {
 public:
  explicit PlanSet(size_t most_exact) : most_exact_(most_exact) {}

  void add_bucket(PlanPtr plan);
  /// The smallest bucket with room for `rows`, or null. A fixed model has one bucket that serves everything.
  PlanPtr bucket_for(int64_t rows) const;
  int64_t largest_bucket() const;
  std::vector<PlanPtr> buckets() const;

  /// The exact-shape plan, marked as just used, or null.
  PlanPtr find_exact(const std::string& key);
  void add_exact(const std::string& key, PlanPtr plan);
  std::vector<PlanPtr> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<int64_t, PlanPtr> buckets_;
  size_t most_exact_;
  std::list<std::pair<std::string, PlanPtr>> exact_;  // most recently used first
};

}  // namespace mindird::runtime
